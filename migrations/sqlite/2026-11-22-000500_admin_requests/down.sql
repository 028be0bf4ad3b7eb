DROP TRIGGER request_decisions_fixed;
DROP TRIGGER request_decisions_kept;
DROP TABLE request_decisions;
DROP TABLE requests;
DROP INDEX users_operators;
ALTER TABLE sessions DROP COLUMN proven_at;
