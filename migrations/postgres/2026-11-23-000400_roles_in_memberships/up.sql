-- differs: triggers, a function on PostgreSQL; how ids and times become text

-- What somebody holds stands in their membership too, as text, so that a page of people looks up no roles: each role with
-- its place, whether for everything below, and from when and until when. It follows the grants by itself: no door can
-- forget it. Of who holds so much that it would not fit into an index it is NULL, and the grants are asked. No right
-- follows from it.
DROP INDEX memberships_by_name;
DROP INDEX memberships_by_status;
ALTER TABLE memberships ADD COLUMN held TEXT DEFAULT '';

CREATE VIEW grants_in_short AS SELECT account_id, user_id, role || ',' || CASE
    WHEN project_id IS NOT NULL THEN 'p' || replace(project_id::text || organization_id::text, '-', '')
    WHEN group_id IS NOT NULL THEN 'g' || replace(group_id::text, '-', '')
    WHEN organization_id IS NULL THEN ''
    WHEN below THEN 'b' || replace(organization_id::text, '-', '')
    ELSE 'o' || replace(organization_id::text, '-', '')
END || ',' || coalesce(to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
|| ',' || coalesce(to_char(ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '') AS held FROM grants;

UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM (
    SELECT coalesce(string_agg(g.held, ';'), '') AS roles FROM grants_in_short AS g
    WHERE g.user_id = memberships.user_id AND g.account_id = memberships.account_id
) AS joined);

CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);

-- A grant never changes hands: of a change it is the same person, in the same account. 72 roles are longer than 640
-- letters, whatever they are: somebody's thousandth role costs what the tenth does.
CREATE FUNCTION grants_in_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one grants%ROWTYPE;
    roles TEXT;
BEGIN
    IF TG_OP = 'DELETE' THEN one := OLD; ELSE one := NEW; END IF;
    IF (SELECT count(*) FROM (
        SELECT FROM grants AS g WHERE g.user_id = one.user_id AND g.account_id = one.account_id LIMIT 73
    ) AS few) < 73 THEN
        SELECT coalesce(string_agg(g.held, ';'), '') INTO roles FROM grants_in_short AS g
        WHERE g.user_id = one.user_id AND g.account_id = one.account_id;
        IF length(roles) > 640 THEN roles := NULL; END IF;
    END IF;
    UPDATE memberships AS m SET held = roles
    WHERE m.account_id = one.account_id AND m.user_id = one.user_id AND m.held IS DISTINCT FROM roles;
    RETURN NULL;
END $$;
CREATE TRIGGER grants_come_and_go AFTER INSERT OR DELETE ON grants FOR EACH ROW
EXECUTE FUNCTION grants_in_memberships();
CREATE TRIGGER grants_turn AFTER UPDATE OF role, group_id, organization_id, project_id, below, starts_at, ends_at ON grants FOR EACH ROW
EXECUTE FUNCTION grants_in_memberships();
