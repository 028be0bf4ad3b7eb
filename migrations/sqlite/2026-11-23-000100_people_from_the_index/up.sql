-- A page of people is read out of the index alone. Both are widened together: with only one of them wide, SQLite takes it
-- for the view that the other is made for too, and walks the whole account for the few who are inactive.
DROP INDEX memberships_by_name;
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at);
DROP INDEX memberships_by_status;
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at);
