-- differs: key, time and binary types, byte order of keys, clustered tables on SQLite, and how triggers are written

-- The installation itself: one row.
CREATE TABLE installation (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    secret_fingerprint BLOB NOT NULL,
    setup_token_hash BLOB,
    setup_expires_at TEXT,
    claimed_at TEXT,
    created_at TEXT NOT NULL
);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner BLOB NOT NULL,
    until TEXT NOT NULL
) WITHOUT ROWID;

-- Tenancy.
CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 2 AND 48),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    name_key TEXT NOT NULL,
    country TEXT NOT NULL CHECK (length(country) = 2),
    notifications BOOLEAN NOT NULL,
    word_singular TEXT NOT NULL CHECK (length(word_singular) BETWEEN 1 AND 40),
    word_plural TEXT NOT NULL CHECK (length(word_plural) BETWEEN 1 AND 40),
    exclusive BOOLEAN NOT NULL,
    plan TEXT NOT NULL CHECK (plan IN ('trial', 'active', 'past_due', 'frozen')),
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX accounts_slug ON accounts (slug);

CREATE TABLE organizations (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    parent_id BLOB,
    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 2 AND 48),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    name_key TEXT NOT NULL,
    description TEXT NOT NULL CHECK (length(description) <= 2000),
    status TEXT NOT NULL CHECK (status IN ('active', 'archived', 'deleted')),
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, parent_id) REFERENCES organizations (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX organizations_slug ON organizations (account_id, slug);
CREATE INDEX organizations_by_name ON organizations (account_id, name_key, id);
CREATE INDEX organizations_by_parent ON organizations (parent_id);

CREATE TABLE groups (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    name_key TEXT NOT NULL,
    description TEXT NOT NULL CHECK (length(description) <= 2000),
    created_at TEXT NOT NULL,
    UNIQUE (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX groups_name ON groups (account_id, name_key);

CREATE TABLE group_organizations (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    group_id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    PRIMARY KEY (group_id, organization_id),
    FOREIGN KEY (account_id, group_id) REFERENCES groups (account_id, id),
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id)
) WITHOUT ROWID;
CREATE INDEX group_organizations_by_organization ON group_organizations (organization_id, group_id);
CREATE INDEX group_organizations_by_account ON group_organizations (account_id);

CREATE TABLE projects (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    organization_id BLOB NOT NULL,
    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 2 AND 48),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    name_key TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX projects_slug ON projects (organization_id, slug);
CREATE INDEX projects_by_name ON projects (organization_id, status, name_key, id);
CREATE INDEX projects_of_account ON projects (account_id, status, name_key, id);

-- People.
CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    email_key TEXT NOT NULL CHECK (length(email_key) BETWEEN 3 AND 254),
    first_name TEXT NOT NULL CHECK (length(first_name) BETWEEN 1 AND 80),
    last_name TEXT NOT NULL CHECK (length(last_name) BETWEEN 1 AND 80),
    password_hash TEXT,
    password_set_at TEXT,
    home_account_id BLOB REFERENCES accounts (id),
    home_organization_id BLOB,
    verified_at TEXT,
    operator BOOLEAN NOT NULL,
    locked_until TEXT,
    last_sign_in_at TEXT,
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    FOREIGN KEY (home_account_id, home_organization_id) REFERENCES organizations (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX users_email ON users (email_key);
CREATE INDEX users_by_home ON users (home_account_id, home_organization_id);

CREATE TABLE memberships (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('home', 'guest')),
    status TEXT NOT NULL CHECK (status IN ('invited', 'active', 'deactivated')),
    sort_key TEXT NOT NULL,
    last_key TEXT NOT NULL,
    email_key TEXT NOT NULL,
    selected_organization_id BLOB,
    home_organization_id BLOB,
    invited_by BLOB REFERENCES users (id),
    submission_id BLOB,
    link_expires_at TEXT,
    joined_at TEXT,
    deactivated_at TEXT,
    deactivated_by BLOB REFERENCES users (id),
    deactivation_reason TEXT,
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (account_id, user_id),
    FOREIGN KEY (account_id, selected_organization_id) REFERENCES organizations (account_id, id),
    FOREIGN KEY (account_id, home_organization_id) REFERENCES organizations (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX memberships_submission ON memberships (account_id, submission_id);
CREATE INDEX memberships_by_user ON memberships (user_id, account_id);
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id);
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id);
CREATE INDEX memberships_by_last_name ON memberships (account_id, last_key, user_id);
CREATE INDEX memberships_by_email ON memberships (account_id, email_key, user_id);

-- scope_id is the id of the account, group, organization or project that the grant is given on;
-- the column of that kind repeats it, so that a place of another account cannot be named.
CREATE TABLE grants (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL,
    role TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64),
    scope TEXT NOT NULL CHECK (scope IN ('account', 'group', 'organization', 'project')),
    scope_id BLOB NOT NULL,
    group_id BLOB,
    organization_id BLOB,
    project_id BLOB,
    below BOOLEAN NOT NULL,
    starts_at TEXT,
    ends_at TEXT,
    sort_key TEXT NOT NULL,
    given_by BLOB REFERENCES users (id),
    given_at TEXT NOT NULL,
    CHECK ((scope = 'account' AND scope_id = account_id AND group_id IS NULL AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'group' AND scope_id = group_id AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'organization' AND scope_id = organization_id AND group_id IS NULL AND project_id IS NULL)
        OR (scope = 'project' AND scope_id = project_id AND group_id IS NULL AND organization_id IS NOT NULL)),
    FOREIGN KEY (account_id, user_id) REFERENCES memberships (account_id, user_id),
    FOREIGN KEY (account_id, group_id) REFERENCES groups (account_id, id),
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX grants_once ON grants (scope_id, user_id, role);
CREATE INDEX grants_of_user ON grants (user_id, account_id);
CREATE INDEX grants_in_organization ON grants (organization_id, user_id);
CREATE INDEX grants_by_name ON grants (scope_id, sort_key, user_id);
CREATE INDEX grants_of_role ON grants (account_id, role, user_id);

-- Signing in.
CREATE TABLE sessions (
    key_hash BLOB NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    device_id BLOB,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 256),
    address TEXT NOT NULL CHECK (length(address) <= 64)
) WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_id ON sessions (id);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE known_devices (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    last_used_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX known_devices_of_user ON known_devices (user_id);

-- Failed sign-ins by HMAC of (folded address, known or not) or of (folded address, known browser).
CREATE TABLE lock_counters (
    key BLOB NOT NULL PRIMARY KEY,
    user_id BLOB REFERENCES users (id),
    failures BIGINT NOT NULL,
    last_failure_at TEXT NOT NULL,
    locked_until TEXT
) WITHOUT ROWID;
CREATE INDEX lock_counters_of_user ON lock_counters (user_id);
CREATE INDEX lock_counters_by_age ON lock_counters (last_failure_at);

-- Counted windows: failed sign-ins per client address, mails per address and client.
CREATE TABLE budgets (
    key BLOB NOT NULL PRIMARY KEY,
    used BIGINT NOT NULL,
    resets_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX budgets_by_age ON budgets (resets_at);

-- Links: only hashes of their tokens. The copied one lets in without proving the address.
CREATE TABLE links (
    id BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('welcome', 'invitation', 'reset', 'unlock')),
    user_id BLOB NOT NULL REFERENCES users (id),
    account_id BLOB REFERENCES accounts (id),
    email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    token_hash BLOB NOT NULL,
    copy_hash BLOB,
    copy_sealed BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    superseded_at TEXT,
    withdrawn_at TEXT,
    sent_by BLOB REFERENCES users (id),
    managed_at TEXT NOT NULL,
    sends BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE UNIQUE INDEX links_copy ON links (copy_hash);
CREATE INDEX links_of_user ON links (user_id, purpose, created_at);
CREATE INDEX links_of_account ON links (account_id, user_id);

-- What strangers asked to be mailed, by the address they typed. Looked up by the mail job, never by the request:
-- so a known and an unknown address cost the same.
CREATE TABLE mail_wishes (
    id BLOB NOT NULL PRIMARY KEY,
    wish TEXT NOT NULL CHECK (wish IN ('reset', 'unlock', 'link')),
    email_key TEXT NOT NULL CHECK (length(email_key) BETWEEN 3 AND 254),
    address TEXT NOT NULL CHECK (length(address) <= 64),
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 256),
    created_at TEXT NOT NULL
) WITHOUT ROWID;

-- Mail on its way: what to write, never the written text; the token sealed, erased on delivery.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB REFERENCES accounts (id),
    link_id BLOB REFERENCES links (id),
    recipient TEXT NOT NULL CHECK (length(recipient) BETWEEN 3 AND 254),
    template TEXT NOT NULL CHECK (length(template) BETWEEN 1 AND 64),
    params TEXT NOT NULL,
    sealed_token BLOB,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    attempts BIGINT NOT NULL,
    due_at TEXT NOT NULL,
    leased_by BLOB,
    leased_until TEXT,
    last_error TEXT,
    sent_at TEXT,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'queued';
CREATE INDEX outbox_of_link ON outbox (link_id);
CREATE INDEX outbox_of_account ON outbox (account_id, created_at);

-- Who did what. chain_id is the account, or the all-zero id for the installation itself.
-- `personal` and `salt` may be erased; `digest` stands in for them under the seal.
CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY,
    chain_id BLOB NOT NULL,
    organization_id BLOB,
    project_id BLOB,
    at TEXT NOT NULL,
    action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'operator', 'system', 'anonymous')),
    actor_id BLOB,
    target_kind TEXT NOT NULL,
    target_id BLOB,
    details TEXT NOT NULL,
    personal TEXT,
    salt BLOB,
    digest BLOB NOT NULL,
    request_id BLOB,
    seq BIGINT,
    previous BLOB,
    seal BLOB
) WITHOUT ROWID;
CREATE UNIQUE INDEX audit_events_sealed ON audit_events (chain_id, seq);
CREATE INDEX audit_events_of_chain ON audit_events (chain_id, id);
CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE seq IS NULL;
CREATE INDEX audit_events_of_target ON audit_events (target_id, id);

CREATE TABLE audit_heads (
    chain_id BLOB NOT NULL PRIMARY KEY,
    events BIGINT NOT NULL,
    seal BLOB NOT NULL,
    sealed_at TEXT NOT NULL
) WITHOUT ROWID;

-- Append-only: an event may be sealed once and its personal part erased; nothing else changes and nothing goes.
CREATE TRIGGER audit_events_keep BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_events_fixed BEFORE UPDATE ON audit_events
WHEN NEW.id IS NOT OLD.id OR NEW.chain_id IS NOT OLD.chain_id OR NEW.organization_id IS NOT OLD.organization_id
    OR NEW.project_id IS NOT OLD.project_id OR NEW.at IS NOT OLD.at OR NEW.action IS NOT OLD.action
    OR NEW.actor_kind IS NOT OLD.actor_kind OR NEW.actor_id IS NOT OLD.actor_id OR NEW.target_kind IS NOT OLD.target_kind
    OR NEW.target_id IS NOT OLD.target_id OR NEW.details IS NOT OLD.details OR NEW.digest IS NOT OLD.digest
    OR NEW.request_id IS NOT OLD.request_id OR OLD.seq IS NOT NULL AND NEW.seq IS NOT OLD.seq
    OR OLD.previous IS NOT NULL AND NEW.previous IS NOT OLD.previous OR OLD.seal IS NOT NULL AND NEW.seal IS NOT OLD.seal
    OR NEW.personal IS NOT NULL AND NEW.personal IS NOT OLD.personal OR NEW.salt IS NOT NULL AND NEW.salt IS NOT OLD.salt
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
-- INSERT OR REPLACE would take a row away without a delete trigger seeing it.
CREATE TRIGGER audit_events_new BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
    OR NEW.seq IS NOT NULL AND EXISTS (SELECT 1 FROM audit_events WHERE chain_id = NEW.chain_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
