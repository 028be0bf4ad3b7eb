DROP INDEX grants_of_role;
CREATE INDEX grants_of_role ON grants (account_id, role, user_id);
