-- differs: key, time and binary types, clustered tables on SQLite, and how triggers are written

-- When the person last proved in this session who they are; where nothing stands, when they signed in.
ALTER TABLE sessions ADD COLUMN proven_at TEXT;

CREATE INDEX users_operators ON users (id) WHERE operator;

-- Somebody asks for a role that nobody gives directly. The scope stands as in grants. `due_at` is when the next
-- reminder or the end comes, and nothing once it is decided; `policy` is how the installation grants, as it was then.
-- Requests outlive what they are about: places are named as they were, and referred to without a foreign key.
CREATE TABLE requests (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    requester_id BLOB NOT NULL REFERENCES users (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64),
    scope TEXT NOT NULL CHECK (scope IN ('account', 'group', 'organization', 'project')),
    scope_id BLOB NOT NULL,
    group_id BLOB,
    organization_id BLOB,
    project_id BLOB,
    place TEXT NOT NULL CHECK (length(place) BETWEEN 1 AND 120),
    within TEXT CHECK (length(within) BETWEEN 1 AND 120),
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    policy TEXT NOT NULL CHECK (policy IN ('operator', 'two-person', 'existing-admin')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'granted', 'refused', 'withdrawn', 'expired')),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    reminders BIGINT NOT NULL,
    due_at TEXT,
    decided_at TEXT,
    decided_by BLOB REFERENCES users (id),
    grant_id BLOB,
    CHECK ((due_at IS NULL) = (state NOT IN ('waiting', 'approved'))),
    CHECK ((scope = 'account' AND scope_id = account_id AND group_id IS NULL AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'group' AND scope_id = group_id AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'organization' AND scope_id = organization_id AND group_id IS NULL AND project_id IS NULL)
        OR (scope = 'project' AND scope_id = project_id AND group_id IS NULL AND organization_id IS NOT NULL)),
    UNIQUE (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX requests_open ON requests (scope_id, user_id, role) WHERE due_at IS NOT NULL;
CREATE INDEX requests_waiting ON requests (account_id, id) WHERE due_at IS NOT NULL;
CREATE INDEX requests_for_operators ON requests (id) WHERE state = 'approved';
CREATE INDEX requests_by_requester ON requests (requester_id, id);
CREATE INDEX requests_for_user ON requests (user_id, id);
CREATE INDEX requests_due ON requests (due_at, id) WHERE due_at IS NOT NULL;

-- The written approvals and refusals, kept for good. `part` is for whom it speaks: somebody of the account, the
-- Owner whose own request counts as the account's approval, or the operator.
CREATE TABLE request_decisions (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    request_id BLOB NOT NULL,
    decider_id BLOB NOT NULL REFERENCES users (id),
    part TEXT NOT NULL CHECK (part IN ('account', 'request', 'operator')),
    verdict TEXT NOT NULL CHECK (verdict IN ('approved', 'refused')),
    words TEXT NOT NULL CHECK (length(words) BETWEEN 1 AND 2000),
    method TEXT NOT NULL CHECK (method IN ('password', 'session')),
    proven_at TEXT NOT NULL,
    at TEXT NOT NULL,
    FOREIGN KEY (account_id, request_id) REFERENCES requests (account_id, id)
) WITHOUT ROWID;
CREATE INDEX request_decisions_of_account ON request_decisions (account_id, request_id);
CREATE INDEX request_decisions_of_request ON request_decisions (request_id, id);

CREATE TRIGGER request_decisions_fixed BEFORE UPDATE ON request_decisions BEGIN
    SELECT RAISE(ABORT, 'written decisions are kept as they are');
END;
CREATE TRIGGER request_decisions_kept BEFORE DELETE ON request_decisions BEGIN
    SELECT RAISE(ABORT, 'written decisions are kept as they are');
END;
