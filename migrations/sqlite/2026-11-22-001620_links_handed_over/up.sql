-- differs: types
-- When somebody last had a link shown to hand it over, as the list of who is invited tells it.
ALTER TABLE links ADD COLUMN handed_at TEXT;
