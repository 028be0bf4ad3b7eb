DROP INDEX projects_by_name;
CREATE INDEX projects_by_name ON projects (organization_id, status, name_key, id, slug, name);
CREATE INDEX grants_of_role_by_name ON grants (account_id, role, sort_key, user_id);
DROP INDEX grants_on_place_of_role;
