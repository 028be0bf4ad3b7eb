-- differs: key, time and binary types, clustered tables on SQLite

-- Somebody is to sign in with another address: confirmed at the new one, and stopped or taken back from the old one. Of
-- both tokens only hashes. The account is that whose manager began it; none: the person themself. Once it has ended no
-- token of it works.
CREATE TABLE email_changes (
    id BLOB NOT NULL PRIMARY KEY,
    undo_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    account_id BLOB REFERENCES accounts (id),
    started_by BLOB NOT NULL REFERENCES users (id),
    old_email TEXT NOT NULL CHECK (length(old_email) BETWEEN 3 AND 254),
    old_key TEXT NOT NULL CHECK (length(old_key) BETWEEN 3 AND 254),
    new_email TEXT NOT NULL CHECK (length(new_email) BETWEEN 3 AND 254),
    new_key TEXT NOT NULL CHECK (length(new_key) BETWEEN 3 AND 254),
    confirm_hash BLOB NOT NULL,
    undo_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    confirm_until TEXT NOT NULL,
    undo_until TEXT NOT NULL,
    agreed_at TEXT,
    confirmed_at TEXT,
    ended_at TEXT,
    ending TEXT CHECK (ending IN ('stopped', 'undone', 'overtaken', 'taken', 'withdrawn'))
) WITHOUT ROWID;
CREATE UNIQUE INDEX email_changes_confirm ON email_changes (confirm_hash);
CREATE UNIQUE INDEX email_changes_undo ON email_changes (undo_hash);
CREATE INDEX email_changes_of_user ON email_changes (user_id, created_at);
CREATE INDEX email_changes_of_account ON email_changes (account_id);
CREATE INDEX email_changes_by_end ON email_changes (undo_until);
