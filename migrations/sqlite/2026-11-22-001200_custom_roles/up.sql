-- differs: types, WITHOUT ROWID; SQLite adds no reference of two columns to a table, which is made anew
-- An account's own roles: composed of permissions, which stand by name with a blank between them. A grant holds either a
-- built-in role, by its name, or one of these, by id; `role` is then the text of the id, so that one index serves both.
-- The reference keeps a role that is held from being deleted.
CREATE TABLE custom_roles (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    name_key TEXT NOT NULL,
    description TEXT NOT NULL CHECK (length(description) <= 200),
    permissions TEXT NOT NULL CHECK (length(permissions) <= 6000),
    version BIGINT NOT NULL,
    created_by BLOB REFERENCES users (id),
    created_at TEXT NOT NULL,
    changed_by BLOB REFERENCES users (id),
    changed_at TEXT NOT NULL,
    UNIQUE (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX custom_roles_name ON custom_roles (account_id, name_key);

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
    custom_role_id BLOB,
    CHECK ((scope = 'account' AND scope_id = account_id AND group_id IS NULL AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'group' AND scope_id = group_id AND organization_id IS NULL AND project_id IS NULL)
        OR (scope = 'organization' AND scope_id = organization_id AND group_id IS NULL AND project_id IS NULL)
        OR (scope = 'project' AND scope_id = project_id AND group_id IS NULL AND organization_id IS NOT NULL)),
    FOREIGN KEY (account_id, user_id) REFERENCES memberships (account_id, user_id),
    FOREIGN KEY (account_id, group_id) REFERENCES groups (account_id, id),
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id),
    FOREIGN KEY (account_id, custom_role_id) REFERENCES custom_roles (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id)
) WITHOUT ROWID;
INSERT INTO grants_new (id, account_id, user_id, role, scope, scope_id, group_id, organization_id, project_id, below,
    starts_at, ends_at, sort_key, given_by, given_at, notice_at, more_asked_at)
SELECT id, account_id, user_id, role, scope, scope_id, group_id, organization_id, project_id, below,
    starts_at, ends_at, sort_key, given_by, given_at, notice_at, more_asked_at
FROM grants;
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
CREATE INDEX grants_of_custom_role ON grants (custom_role_id, scope_id, user_id) WHERE custom_role_id IS NOT NULL;
CREATE INDEX grants_of_user ON grants (user_id, account_id, role, group_id, organization_id, project_id, below,
    starts_at, ends_at, given_by, given_at, id, custom_role_id);
