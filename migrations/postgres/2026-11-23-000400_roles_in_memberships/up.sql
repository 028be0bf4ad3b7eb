-- differs: triggers and functions; how ids and times become text

-- What somebody holds stands in their membership too, as text, so that a page of people looks up no roles: each role with
-- its place, whether for everything below, and from when and until when. It follows the grants by itself: no door can
-- forget it. Of who holds so much that it would not fit into an index it is NULL, and the grants are asked. Nothing is
-- decided by it.
DROP INDEX memberships_by_name;
DROP INDEX memberships_by_status;
ALTER TABLE memberships ADD COLUMN held TEXT DEFAULT '';

CREATE FUNCTION hexed(id uuid) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT replace(id::text, '-', '')
$$;
CREATE FUNCTION roles_of(account uuid, person uuid) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(g.role || ',' || CASE
        WHEN g.project_id IS NOT NULL THEN 'p' || hexed(g.project_id) || hexed(g.organization_id)
        WHEN g.group_id IS NOT NULL THEN 'g' || hexed(g.group_id)
        WHEN g.organization_id IS NULL THEN ''
        WHEN g.below THEN 'b' || hexed(g.organization_id)
        ELSE 'o' || hexed(g.organization_id)
    END || ',' || coalesce(to_char(g.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
    || ',' || coalesce(to_char(g.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), ';'), '')
    FROM grants AS g WHERE g.user_id = person AND g.account_id = account
$$;

UPDATE memberships SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM roles_of(account_id, user_id) AS roles);

CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until, held);

CREATE FUNCTION grants_in_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one grants%ROWTYPE;
BEGIN
    -- A grant never changes hands: of a change it is the same person, in the same account.
    IF TG_OP = 'DELETE' THEN one := OLD; ELSE one := NEW; END IF;
    UPDATE memberships AS m
    SET held = (SELECT CASE WHEN length(roles) <= 640 THEN roles END FROM roles_of(m.account_id, m.user_id) AS roles)
    WHERE m.account_id = one.account_id AND m.user_id = one.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER grants_come_and_go AFTER INSERT OR DELETE ON grants FOR EACH ROW
EXECUTE FUNCTION grants_in_memberships();
CREATE TRIGGER grants_turn AFTER UPDATE OF role, group_id, organization_id, project_id, below, starts_at, ends_at ON grants FOR EACH ROW
EXECUTE FUNCTION grants_in_memberships();
