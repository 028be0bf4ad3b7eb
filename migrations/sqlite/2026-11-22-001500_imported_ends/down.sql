ALTER TABLE people_import_rows DROP COLUMN ends_on;
