-- Whoever is asked for most is answered out of the index alone: the roles of a person, and the projects of a list.
DROP INDEX grants_of_user;
CREATE INDEX grants_of_user ON grants (user_id, account_id, role, group_id, organization_id, project_id, below,
    starts_at, ends_at, given_by, given_at, id);
DROP INDEX projects_of_account;
CREATE INDEX projects_of_account ON projects (account_id, status, name_key, id, organization_id, slug, name);
DROP INDEX projects_by_name;
CREATE INDEX projects_by_name ON projects (organization_id, status, name_key, id, slug, name);
