-- differs: key and time types, clustered tables on SQLite

-- Ownership is offered, and the other side accepts (rule 16). One open offer for a person at a time.
CREATE TABLE ownership_offers (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    offered_by BLOB NOT NULL REFERENCES users (id),
    lay_down BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn', 'expired')),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX ownership_offers_open ON ownership_offers (account_id, user_id) WHERE state = 'open';
CREATE INDEX ownership_offers_of_account ON ownership_offers (account_id, state, id);
CREATE INDEX ownership_offers_of_user ON ownership_offers (user_id, state, id);
