-- differs: types, WITHOUT ROWID
-- Roles of a reactivated person that whoever reactivated them could not give (S4). They open nothing: no query for
-- access reads this table. They wait until somebody who may give them does. Places are named without a reference: one
-- that is purged meanwhile takes nothing along, the role is then shown as gone.
CREATE TABLE dormant_grants (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64),
    group_id BLOB,
    organization_id BLOB,
    project_id BLOB,
    below BOOLEAN NOT NULL,
    starts_at TEXT,
    ends_at TEXT,
    dormant_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX dormant_grants_of_user ON dormant_grants (account_id, user_id);
