-- differs: types, WITHOUT ROWID
-- People from a file: what was ordered, by whom, and what became of each row, for as long as its page is kept. Each row is
-- carried out by a job in a transaction of its own; one that was carried out says so in that very transaction, so that
-- it is carried out once. `asked_in` is the request in which it was ordered, `undone_in` the one in which it was taken
-- back. `digest` tells the same file sent twice.
CREATE TABLE people_imports (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    imported_by uuid NOT NULL REFERENCES users (id),
    asked_in uuid NOT NULL,
    digest bytea NOT NULL,
    mailed BOOLEAN NOT NULL,
    row_count BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('working', 'done', 'undoing', 'undone')),
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    undone_by uuid REFERENCES users (id),
    undone_in uuid
);
CREATE INDEX people_imports_by_state ON people_imports (state, created_at, id);
CREATE INDEX people_imports_of_account ON people_imports (account_id, created_at, id);
CREATE INDEX people_imports_of_person ON people_imports (account_id, imported_by, created_at, id);

CREATE TABLE people_import_rows (
    import_id uuid NOT NULL REFERENCES people_imports (id),
    line BIGINT NOT NULL,
    id uuid NOT NULL,
    first_name TEXT NOT NULL CHECK (length(first_name) <= 120),
    last_name TEXT NOT NULL CHECK (length(last_name) <= 120),
    email TEXT NOT NULL CHECK (length(email) <= 254),
    place TEXT NOT NULL CHECK (length(place) <= 260),
    target TEXT NOT NULL CHECK (length(target) <= 64),
    roles TEXT NOT NULL CHECK (length(roles) <= 400),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'invited', 'changed', 'skipped', 'failed', 'withdrawn', 'kept')),
    detail TEXT NOT NULL CHECK (length(detail) <= 600),
    user_id uuid,
    PRIMARY KEY (import_id, line)
);
CREATE INDEX people_import_rows_by_state ON people_import_rows (import_id, state, line, id);
