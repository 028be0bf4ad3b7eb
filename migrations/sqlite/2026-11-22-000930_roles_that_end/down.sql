DROP INDEX grants_to_tell;
DROP INDEX grants_ending;
ALTER TABLE grants DROP COLUMN more_asked_at;
ALTER TABLE grants DROP COLUMN notice_at;
