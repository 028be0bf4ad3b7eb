-- The profile of a company: whom its people write to, and the time zone in which they think.
ALTER TABLE accounts ADD COLUMN support TEXT CHECK (support IS NULL OR length(support) BETWEEN 3 AND 254);
ALTER TABLE accounts ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC' CHECK (length(time_zone) BETWEEN 1 AND 64);
