ALTER TABLE links DROP COLUMN asked_at;
ALTER TABLE accounts DROP COLUMN links_by_manager;
