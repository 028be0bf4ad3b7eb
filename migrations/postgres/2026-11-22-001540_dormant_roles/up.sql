-- Who waits for a role of the account: looked for when the role is edited or deleted.
CREATE INDEX dormant_grants_of_role ON dormant_grants (account_id, role, user_id);
