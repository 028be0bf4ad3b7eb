-- differs: types
-- When whoever was sent a link into an account is to be reminded of it, until they are; and the reminder's own key to the
-- same link, of which only the hash is kept.
ALTER TABLE links ADD COLUMN remind_at timestamptz;
ALTER TABLE links ADD COLUMN reminder_hash bytea;
CREATE UNIQUE INDEX links_reminder ON links (reminder_hash);
CREATE INDEX links_to_remind ON links (remind_at) WHERE remind_at IS NOT NULL;
