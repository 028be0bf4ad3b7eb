ALTER TABLE requests DROP COLUMN below;
