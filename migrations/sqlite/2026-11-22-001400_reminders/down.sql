DROP INDEX links_to_remind;
DROP INDEX links_reminder;
ALTER TABLE links DROP COLUMN reminder_hash;
ALTER TABLE links DROP COLUMN remind_at;
