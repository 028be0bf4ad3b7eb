DROP TABLE former_slugs;
DROP INDEX organizations_deleted;
DROP INDEX organizations_under;
DROP INDEX organizations_by_status;
ALTER TABLE organizations DROP COLUMN deleted_by;
ALTER TABLE organizations DROP COLUMN deleted_at;
ALTER TABLE organizations DROP COLUMN archived_at;
ALTER TABLE organizations DROP COLUMN metadata;
