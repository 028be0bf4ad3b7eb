DROP TRIGGER grants_go;
DROP TRIGGER grants_turn;
DROP TRIGGER grants_come;
DROP INDEX memberships_locked;
DROP INDEX memberships_by_status;
DROP INDEX memberships_by_name;
DROP VIEW grants_in_short;
ALTER TABLE memberships DROP COLUMN held;
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until);
CREATE INDEX memberships_locked ON memberships (account_id, sort_key, user_id, locked_until, status, kind, first_name,
    last_name, joined_at, link_expires_at, last_sign_in_at, deactivated_at, email)
    WHERE locked_until IS NOT NULL;
