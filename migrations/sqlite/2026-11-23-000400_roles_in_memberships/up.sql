-- differs: triggers, a function on PostgreSQL; how ids and times become text

-- What somebody holds stands in their membership too, as text, so that a page of people looks up no roles: each role with
-- its place, whether for everything below, and from when and until when. It follows the grants by itself: no door can
-- forget it. Of who holds so much that it would not fit into an index it is NULL, and the grants are asked. No right
-- follows from it.
DROP INDEX memberships_by_name;
DROP INDEX memberships_by_status;
DROP INDEX memberships_locked;
ALTER TABLE memberships ADD COLUMN held TEXT DEFAULT '';

CREATE VIEW grants_in_short AS SELECT account_id, user_id, role || ',' || CASE
    WHEN project_id IS NOT NULL THEN 'p' || hex(project_id) || hex(organization_id)
    WHEN group_id IS NOT NULL THEN 'g' || hex(group_id)
    WHEN organization_id IS NULL THEN ''
    WHEN below THEN 'b' || hex(organization_id)
    ELSE 'o' || hex(organization_id)
END || ',' || coalesce(starts_at, '') || ',' || coalesce(ends_at, '') AS held FROM grants;

UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
    SELECT coalesce(group_concat(g.held, ';'), '') AS roles FROM grants_in_short AS g
    WHERE g.user_id = memberships.user_id AND g.account_id = memberships.account_id
));

CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);
-- Of two that serve as well SQLite takes the one that was made last: it is to be the one of just them.
CREATE INDEX memberships_locked ON memberships (account_id, sort_key, user_id, locked_until, status, kind, first_name,
    last_name, joined_at, link_expires_at, last_sign_in_at, deactivated_at, email)
    WHERE locked_until IS NOT NULL;

-- A grant never changes hands: of a change it is the same person, in the same account. 72 roles are longer than 640
-- letters, whatever they are: of who holds more none was kept before and none is kept now, and somebody's thousandth
-- role costs what the tenth does.
CREATE TRIGGER grants_come AFTER INSERT ON grants
WHEN (SELECT count(*) FROM (SELECT 1 FROM grants WHERE user_id = NEW.user_id AND account_id = NEW.account_id LIMIT 73)) < 73
BEGIN
    UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
        SELECT coalesce(group_concat(held, ';'), '') AS roles FROM grants_in_short
        WHERE user_id = NEW.user_id AND account_id = NEW.account_id
    ))
    WHERE account_id = NEW.account_id AND user_id = NEW.user_id;
END;
CREATE TRIGGER grants_turn AFTER UPDATE OF role, group_id, organization_id, project_id, below, starts_at, ends_at ON grants
WHEN (SELECT count(*) FROM (SELECT 1 FROM grants WHERE user_id = NEW.user_id AND account_id = NEW.account_id LIMIT 73)) < 73
BEGIN
    UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
        SELECT coalesce(group_concat(held, ';'), '') AS roles FROM grants_in_short
        WHERE user_id = NEW.user_id AND account_id = NEW.account_id
    ))
    WHERE account_id = NEW.account_id AND user_id = NEW.user_id;
END;
CREATE TRIGGER grants_go AFTER DELETE ON grants
WHEN (SELECT count(*) FROM (SELECT 1 FROM grants WHERE user_id = OLD.user_id AND account_id = OLD.account_id LIMIT 73)) < 73
BEGIN
    UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
        SELECT coalesce(group_concat(held, ';'), '') AS roles FROM grants_in_short
        WHERE user_id = OLD.user_id AND account_id = OLD.account_id
    ))
    WHERE account_id = OLD.account_id AND user_id = OLD.user_id;
END;
