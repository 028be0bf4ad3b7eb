-- Grants of an account's own roles mean nothing to who does not know them.
CREATE TABLE grants_new (
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
    notice_at TEXT,
    more_asked_at TEXT,
    CHECK ((scope = 'account' AND scope_id = account_id AND group_id IS NULL AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'group' AND scope_id = group_id AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'organization' AND scope_id = organization_id AND group_id IS NULL AND project_id IS NULL)
        OR (scope = 'project' AND scope_id = project_id AND group_id IS NULL AND organization_id IS NOT NULL)),
    FOREIGN KEY (account_id, user_id) REFERENCES memberships (account_id, user_id),
    FOREIGN KEY (account_id, group_id) REFERENCES groups (account_id, id),
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id)
) WITHOUT ROWID;
INSERT INTO grants_new (id, account_id, user_id, role, scope, scope_id, group_id, organization_id, project_id, below,
    starts_at, ends_at, sort_key, given_by, given_at, notice_at, more_asked_at)
SELECT id, account_id, user_id, role, scope, scope_id, group_id, organization_id, project_id, below,
    starts_at, ends_at, sort_key, given_by, given_at, notice_at, more_asked_at
FROM grants WHERE custom_role_id IS NULL;
DROP TABLE grants;
ALTER TABLE grants_new RENAME TO grants;
CREATE UNIQUE INDEX grants_once ON grants (scope_id, user_id, role);
CREATE INDEX grants_in_organization ON grants (organization_id, user_id);
CREATE INDEX grants_by_name ON grants (scope_id, sort_key, user_id);
CREATE INDEX grants_in_organization_by_name ON grants (organization_id, sort_key, user_id);
-- For who reaches everything below an organization.
CREATE INDEX grants_below ON grants (scope_id, sort_key, user_id) WHERE below;
CREATE INDEX grants_of_role ON grants (account_id, role, sort_key, user_id);
-- What is over, and what is about to be: looked for by a job, and empty in most installations.
CREATE INDEX grants_ending ON grants (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX grants_to_tell ON grants (notice_at) WHERE notice_at IS NOT NULL;
-- Who holds one role at one place, by name.
CREATE INDEX grants_on_place_of_role ON grants (scope_id, role, sort_key, user_id, starts_at, ends_at);
CREATE INDEX grants_of_user ON grants (user_id, account_id, role, group_id, organization_id, project_id, below,
    starts_at, ends_at, given_by, given_at, id);
DROP TABLE custom_roles;
