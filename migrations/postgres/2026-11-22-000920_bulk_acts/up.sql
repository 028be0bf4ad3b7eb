-- differs: types, WITHOUT ROWID
-- What an act on several people at once came to, row by row, for a day: shown to whoever did it, and the sign that the
-- form was sent already. It opens nothing: no query for access reads this table.
CREATE TABLE bulk_acts (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    done_by uuid NOT NULL REFERENCES users (id),
    at timestamptz NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX bulk_acts_of_account ON bulk_acts (account_id, at);
