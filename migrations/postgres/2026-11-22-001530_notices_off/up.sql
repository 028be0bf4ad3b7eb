-- differs: types, WITHOUT ROWID
-- The kinds of notices that a person has turned off in an account (rule 24). There is no row for what is sent. It stays
-- when they leave: mails that they have got still turn a kind off, and who comes back finds what they chose.
CREATE TABLE notices_off (
    account_id uuid NOT NULL REFERENCES accounts (id),
    user_id uuid NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    since timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id, kind)
);
-- Whom a notice is for, whose choice it obeys: the link to turn its kind off is made when it is sent.
ALTER TABLE outbox ADD COLUMN reader_id uuid REFERENCES users (id);
