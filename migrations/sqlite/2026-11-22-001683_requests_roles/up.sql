-- What a role of the account's own was called when it was asked for: it may be gone by the time the request is read.
ALTER TABLE requests ADD COLUMN role_name TEXT;
