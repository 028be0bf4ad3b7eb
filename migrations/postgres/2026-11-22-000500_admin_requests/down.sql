DROP TABLE request_decisions;
DROP FUNCTION request_decisions_keep();
DROP TABLE requests;
DROP INDEX users_operators;
ALTER TABLE sessions DROP COLUMN proven_at;
