DROP INDEX memberships_by_name;
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id);
DROP INDEX memberships_by_status;
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id);
