-- A row that names a further place of somebody new: the line that invites them. It is carried out with that one.
ALTER TABLE people_import_rows ADD COLUMN with_line BIGINT;
CREATE INDEX people_import_rows_together ON people_import_rows (import_id, with_line) WHERE with_line IS NOT NULL;
