-- differs: types
-- The old address is told once more when the change is made, with a key of its own to the same link; and a change can end
-- because whoever began it might not begin it any more.
ALTER TABLE email_changes ADD COLUMN told_hash BLOB;
ALTER TABLE email_changes ADD COLUMN refused_at TEXT;
CREATE UNIQUE INDEX email_changes_told ON email_changes (told_hash);
