-- Who manages an organization is asked for each row of a tree: the first holders of a role on one place, by name.
CREATE INDEX grants_on_place_of_role ON grants (scope_id, role, sort_key, user_id, starts_at, ends_at);
-- It was the same as grants_of_role: two copies were written at each grant.
DROP INDEX grants_of_role_by_name;
-- With the account in front, or an organization's projects are looked for among all of the account's.
DROP INDEX projects_by_name;
CREATE INDEX projects_by_name ON projects (account_id, organization_id, status, name_key, id, slug, name);
