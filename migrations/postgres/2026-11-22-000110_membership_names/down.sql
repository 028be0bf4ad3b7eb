ALTER TABLE memberships DROP COLUMN last_name;
ALTER TABLE memberships DROP COLUMN first_name;
