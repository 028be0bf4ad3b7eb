-- The version before reads no request for a role of the account's own; those that somebody has decided about are kept.
DELETE FROM requests WHERE role_name IS NOT NULL AND id NOT IN (SELECT request_id FROM request_decisions);
ALTER TABLE requests DROP COLUMN role_name;
