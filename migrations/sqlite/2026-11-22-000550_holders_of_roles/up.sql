-- Who holds a role, by name.
DROP INDEX grants_of_role;
CREATE INDEX grants_of_role ON grants (account_id, role, sort_key, user_id);
