-- differs: key, time and binary types, clustered tables on SQLite

-- Somebody is to sign in with another address: confirmed at the new one, and stopped or taken back from the old one. Of
-- both tokens only hashes. The account is that whose manager began it; none: the person themself. Once it has ended no
-- token of it works.
CREATE TABLE email_changes (
    id uuid NOT NULL PRIMARY KEY,
    undo_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    account_id uuid REFERENCES accounts (id),
    started_by uuid NOT NULL REFERENCES users (id),
    old_email TEXT NOT NULL CHECK (length(old_email) BETWEEN 3 AND 254),
    old_key TEXT NOT NULL CHECK (length(old_key) BETWEEN 3 AND 254),
    new_email TEXT NOT NULL CHECK (length(new_email) BETWEEN 3 AND 254),
    new_key TEXT NOT NULL CHECK (length(new_key) BETWEEN 3 AND 254),
    confirm_hash bytea NOT NULL,
    undo_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirm_until timestamptz NOT NULL,
    undo_until timestamptz NOT NULL,
    agreed_at timestamptz,
    confirmed_at timestamptz,
    ended_at timestamptz,
    ending TEXT CHECK (ending IN ('stopped', 'undone', 'overtaken', 'taken', 'withdrawn'))
);
CREATE UNIQUE INDEX email_changes_confirm ON email_changes (confirm_hash);
CREATE UNIQUE INDEX email_changes_undo ON email_changes (undo_hash);
CREATE INDEX email_changes_of_user ON email_changes (user_id, created_at);
CREATE INDEX email_changes_of_account ON email_changes (account_id);
CREATE INDEX email_changes_by_end ON email_changes (undo_until);
