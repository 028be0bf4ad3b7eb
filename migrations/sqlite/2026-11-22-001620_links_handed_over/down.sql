ALTER TABLE links DROP COLUMN handed_at;
