ALTER TABLE outbox DROP COLUMN reader_id;
DROP TABLE notices_off;
