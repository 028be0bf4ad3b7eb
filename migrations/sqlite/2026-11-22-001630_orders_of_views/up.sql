-- Who is invited and who is shut out, each a small part of an account, in the other orders that their views offer.
-- A time that never came is the beginning of time, here and in the queries (src/db/or_never.rs).
CREATE INDEX memberships_invited_by_end
    ON memberships (account_id, (COALESCE(link_expires_at, '1970-01-01T00:00:00.000000Z')), user_id)
    WHERE status = 'invited';
CREATE INDEX memberships_invited_by_email
    ON memberships (account_id, email_key, user_id) WHERE status = 'invited';
CREATE INDEX memberships_inactive_by_time
    ON memberships (account_id, (COALESCE(deactivated_at, '1970-01-01T00:00:00.000000Z')), user_id)
    WHERE status = 'deactivated';
CREATE INDEX memberships_inactive_by_email
    ON memberships (account_id, email_key, user_id) WHERE status = 'deactivated';
