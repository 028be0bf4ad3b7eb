-- differs: types
-- Whether an account's managers send new links themselves, and when somebody last asked for one in place of this link.
ALTER TABLE accounts ADD COLUMN links_by_manager BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE links ADD COLUMN asked_at TEXT;
