DROP INDEX grants_in_organization_by_name;
DROP INDEX grants_of_role_by_name;
DROP INDEX memberships_by_joining;
DROP INDEX memberships_by_last_sign_in;
ALTER TABLE memberships DROP COLUMN last_sign_in_at;
