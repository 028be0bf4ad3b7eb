-- What a person is called in an account: what was typed there until they come in, their own name afterwards (S16).
ALTER TABLE memberships ADD COLUMN first_name TEXT NOT NULL DEFAULT '' CHECK (length(first_name) <= 80);
ALTER TABLE memberships ADD COLUMN last_name TEXT NOT NULL DEFAULT '' CHECK (length(last_name) <= 80);
UPDATE memberships SET
    first_name = (SELECT users.first_name FROM users WHERE users.id = memberships.user_id),
    last_name = (SELECT users.last_name FROM users WHERE users.id = memberships.user_id);
