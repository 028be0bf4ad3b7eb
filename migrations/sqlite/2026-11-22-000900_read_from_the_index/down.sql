DROP INDEX projects_by_name;
CREATE INDEX projects_by_name ON projects (organization_id, status, name_key, id);
DROP INDEX projects_of_account;
CREATE INDEX projects_of_account ON projects (account_id, status, name_key, id);
DROP INDEX grants_of_user;
CREATE INDEX grants_of_user ON grants (user_id, account_id);
