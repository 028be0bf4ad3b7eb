-- differs: types
-- Whose logo and colours a person sees (Portal Branding Account); none: those of their home. It counts while they are
-- active there.
ALTER TABLE users ADD COLUMN branding_account_id BLOB REFERENCES accounts (id);
