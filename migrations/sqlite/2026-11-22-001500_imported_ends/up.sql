-- Until which day the roles of a row hold, as a day of the account's time zone; empty: without an end.
ALTER TABLE people_import_rows ADD COLUMN ends_on TEXT NOT NULL DEFAULT '' CHECK (length(ends_on) <= 300);
