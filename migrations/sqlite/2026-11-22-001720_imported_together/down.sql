DROP INDEX people_import_rows_together;
ALTER TABLE people_import_rows DROP COLUMN with_line;
