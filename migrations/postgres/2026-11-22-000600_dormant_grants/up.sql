-- differs: types, WITHOUT ROWID
-- Roles of a reactivated person that whoever reactivated them could not give (S4). They open nothing: no query for
-- access reads this table. They wait until somebody who may give them does. Places are named without a reference: one
-- that is purged meanwhile takes nothing along, the role is then shown as gone.
CREATE TABLE dormant_grants (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    user_id uuid NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64),
    group_id uuid,
    organization_id uuid,
    project_id uuid,
    below BOOLEAN NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz,
    dormant_at timestamptz NOT NULL
);
CREATE INDEX dormant_grants_of_user ON dormant_grants (account_id, user_id);
