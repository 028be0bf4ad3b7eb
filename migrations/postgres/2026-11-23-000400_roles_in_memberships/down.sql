DROP TRIGGER grants_turn ON grants;
DROP TRIGGER grants_come_and_go ON grants;
DROP FUNCTION grants_in_memberships();
DROP INDEX memberships_by_status;
DROP INDEX memberships_by_name;
DROP VIEW grants_in_short;
ALTER TABLE memberships DROP COLUMN held;
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until);
