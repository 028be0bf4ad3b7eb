-- differs: key, time and binary types, clustered tables on SQLite

-- Companies that want an account: what was typed, until the address is proven. Looked up by the mail job, never by the
-- request, so that a known and an unknown address cost the same.
CREATE TABLE sign_ups (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    email_key TEXT NOT NULL CHECK (length(email_key) BETWEEN 3 AND 254),
    first_name TEXT NOT NULL CHECK (length(first_name) BETWEEN 1 AND 80),
    last_name TEXT NOT NULL CHECK (length(last_name) BETWEEN 1 AND 80),
    password_hash TEXT NOT NULL,
    company TEXT NOT NULL CHECK (length(company) BETWEEN 1 AND 120),
    country TEXT NOT NULL CHECK (length(country) = 2),
    state TEXT NOT NULL CHECK (state IN ('wished', 'mailed')),
    token_hash BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_ups_waiting ON sign_ups (state, id);
CREATE UNIQUE INDEX sign_ups_token ON sign_ups (token_hash);
CREATE INDEX sign_ups_of_address ON sign_ups (email_key);
CREATE INDEX sign_ups_by_expiry ON sign_ups (expires_at);
