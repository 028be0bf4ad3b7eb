ALTER TABLE accounts DROP COLUMN time_zone;
ALTER TABLE accounts DROP COLUMN support;
