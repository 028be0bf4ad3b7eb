-- Grants of an account's own roles mean nothing to who does not know them.
DELETE FROM grants WHERE custom_role_id IS NOT NULL;
DROP INDEX grants_of_custom_role;
DROP INDEX grants_of_user;
ALTER TABLE grants DROP COLUMN custom_role_id;
CREATE INDEX grants_of_user ON grants (user_id, account_id, role, group_id, organization_id, project_id, below,
    starts_at, ends_at, given_by, given_at, id);
DROP TABLE custom_roles;
