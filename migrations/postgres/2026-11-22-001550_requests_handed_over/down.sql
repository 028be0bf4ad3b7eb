ALTER TABLE requests DROP COLUMN asked_by;
