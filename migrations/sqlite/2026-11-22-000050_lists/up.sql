-- differs: the type of a time

-- Lists sort by what lies in the membership: one index carries account, key and person.
ALTER TABLE memberships ADD COLUMN last_sign_in_at TEXT;
UPDATE memberships SET last_sign_in_at =
    (SELECT users.last_sign_in_at FROM users WHERE users.id = memberships.user_id)
    WHERE status <> 'invited';
-- A time that never came is the beginning of time, here and in the queries (src/db/or_never.rs).
CREATE INDEX memberships_by_last_sign_in
    ON memberships (account_id, (COALESCE(last_sign_in_at, '1970-01-01T00:00:00.000000Z')), user_id);
CREATE INDEX memberships_by_joining
    ON memberships (account_id, (COALESCE(joined_at, '1970-01-01T00:00:00.000000Z')), user_id);
-- People who hold a role, or any role in an organization, by name.
CREATE INDEX grants_of_role_by_name ON grants (account_id, role, sort_key, user_id);
CREATE INDEX grants_in_organization_by_name ON grants (organization_id, sort_key, user_id);
