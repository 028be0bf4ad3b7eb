DROP TRIGGER memberships_turn ON memberships;
DROP TRIGGER memberships_come_and_go ON memberships;
DROP FUNCTION memberships_counted();
DROP TABLE member_counts;
DROP TRIGGER memberships_of_users ON memberships;
DROP FUNCTION memberships_of_users();
DROP TRIGGER users_in_memberships ON users;
DROP FUNCTION users_in_memberships();
DROP INDEX memberships_locked;
DROP INDEX memberships_by_status;
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at);
DROP INDEX memberships_by_name;
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at);
ALTER TABLE memberships DROP COLUMN locked_until;
ALTER TABLE memberships DROP COLUMN email;
