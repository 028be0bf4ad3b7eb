ALTER TABLE requests ALTER COLUMN person_key TYPE TEXT COLLATE "default";
