DROP INDEX email_changes_told;
ALTER TABLE email_changes DROP COLUMN refused_at;
ALTER TABLE email_changes DROP COLUMN told_hash;
