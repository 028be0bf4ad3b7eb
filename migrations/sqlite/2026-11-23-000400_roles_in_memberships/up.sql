-- differs: triggers and functions; how ids and times become text

-- What somebody holds stands in their membership too, as text, so that a page of people looks up no roles: each role with
-- its place, whether for everything below, and from when and until when. It follows the grants by itself: no door can
-- forget it. Of who holds so much that it would not fit into an index it is NULL, and the grants are asked. Nothing is
-- decided by it.
DROP INDEX memberships_by_name;
DROP INDEX memberships_by_status;
DROP INDEX memberships_locked;
ALTER TABLE memberships ADD COLUMN held TEXT DEFAULT '';

UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
    SELECT coalesce(group_concat(g.role || ',' || CASE
        WHEN g.project_id IS NOT NULL THEN 'p' || hex(g.project_id) || hex(g.organization_id)
        WHEN g.group_id IS NOT NULL THEN 'g' || hex(g.group_id)
        WHEN g.organization_id IS NULL THEN ''
        WHEN g.below THEN 'b' || hex(g.organization_id)
        ELSE 'o' || hex(g.organization_id)
    END || ',' || coalesce(g.starts_at, '') || ',' || coalesce(g.ends_at, ''), ';'), '') AS roles
    FROM grants AS g WHERE g.user_id = memberships.user_id AND g.account_id = memberships.account_id
));

CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);
-- Of two that serve as well SQLite takes the one that was made last: it is to be the one of just them.
CREATE INDEX memberships_locked ON memberships (account_id, sort_key, user_id, locked_until, status, kind, first_name,
    last_name, joined_at, link_expires_at, last_sign_in_at, deactivated_at, email)
    WHERE locked_until IS NOT NULL;

-- A grant never changes hands: of a change it is the same person, in the same account.
CREATE TRIGGER grants_come AFTER INSERT ON grants BEGIN
    UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
        SELECT coalesce(group_concat(g.role || ',' || CASE
            WHEN g.project_id IS NOT NULL THEN 'p' || hex(g.project_id) || hex(g.organization_id)
            WHEN g.group_id IS NOT NULL THEN 'g' || hex(g.group_id)
            WHEN g.organization_id IS NULL THEN ''
            WHEN g.below THEN 'b' || hex(g.organization_id)
            ELSE 'o' || hex(g.organization_id)
        END || ',' || coalesce(g.starts_at, '') || ',' || coalesce(g.ends_at, ''), ';'), '') AS roles
        FROM grants AS g WHERE g.user_id = NEW.user_id AND g.account_id = NEW.account_id
    ))
    WHERE account_id = NEW.account_id AND user_id = NEW.user_id;
END;
CREATE TRIGGER grants_turn AFTER UPDATE OF role, group_id, organization_id, project_id, below, starts_at, ends_at ON grants BEGIN
    UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
        SELECT coalesce(group_concat(g.role || ',' || CASE
            WHEN g.project_id IS NOT NULL THEN 'p' || hex(g.project_id) || hex(g.organization_id)
            WHEN g.group_id IS NOT NULL THEN 'g' || hex(g.group_id)
            WHEN g.organization_id IS NULL THEN ''
            WHEN g.below THEN 'b' || hex(g.organization_id)
            ELSE 'o' || hex(g.organization_id)
        END || ',' || coalesce(g.starts_at, '') || ',' || coalesce(g.ends_at, ''), ';'), '') AS roles
        FROM grants AS g WHERE g.user_id = NEW.user_id AND g.account_id = NEW.account_id
    ))
    WHERE account_id = NEW.account_id AND user_id = NEW.user_id;
END;
CREATE TRIGGER grants_go AFTER DELETE ON grants BEGIN
    UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
        SELECT coalesce(group_concat(g.role || ',' || CASE
            WHEN g.project_id IS NOT NULL THEN 'p' || hex(g.project_id) || hex(g.organization_id)
            WHEN g.group_id IS NOT NULL THEN 'g' || hex(g.group_id)
            WHEN g.organization_id IS NULL THEN ''
            WHEN g.below THEN 'b' || hex(g.organization_id)
            ELSE 'o' || hex(g.organization_id)
        END || ',' || coalesce(g.starts_at, '') || ',' || coalesce(g.ends_at, ''), ';'), '') AS roles
        FROM grants AS g WHERE g.user_id = OLD.user_id AND g.account_id = OLD.account_id
    ))
    WHERE account_id = OLD.account_id AND user_id = OLD.user_id;
END;
