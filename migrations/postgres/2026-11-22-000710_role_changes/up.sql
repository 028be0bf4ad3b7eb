-- differs: types, WITHOUT ROWID
-- What was changed in one go in a grid of people and roles, for as long as it can be taken back. They open nothing: no
-- query for access reads this table. `lines` says, person by person, which grants came and which went. The place is
-- named without a reference: one that is purged meanwhile leaves nothing to take back.
CREATE TABLE role_changes (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    scope_id uuid NOT NULL,
    changed_by uuid NOT NULL REFERENCES users (id),
    at timestamptz NOT NULL,
    lines TEXT NOT NULL
);
CREATE INDEX role_changes_of_account ON role_changes (account_id, at);
