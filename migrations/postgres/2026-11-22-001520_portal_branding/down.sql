ALTER TABLE users DROP COLUMN branding_account_id;
