-- differs: SQLite compares every text by its bytes; here a column says so. person_key was made without.
ALTER TABLE requests ALTER COLUMN person_key TYPE TEXT COLLATE "C";
