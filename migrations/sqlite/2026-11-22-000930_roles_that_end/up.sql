-- differs: types
-- When whoever holds a role is to be told that it will end, until they are; and when they last asked for more time.
ALTER TABLE grants ADD COLUMN notice_at TEXT;
ALTER TABLE grants ADD COLUMN more_asked_at TEXT;
-- What is over, and what is about to be: looked for by a job, and empty in most installations.
CREATE INDEX grants_ending ON grants (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX grants_to_tell ON grants (notice_at) WHERE notice_at IS NOT NULL;
