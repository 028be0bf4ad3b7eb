-- differs: types, WITHOUT ROWID; SQLite adds no reference of two columns to a table, which is made anew
-- An account's own roles: composed of permissions, which stand by name with a blank between them. A grant holds either a
-- built-in role, by its name, or one of these, by id; `role` is then the text of the id, so that one index serves both.
-- The reference keeps a role that is held from being deleted.
CREATE TABLE custom_roles (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL CHECK (length(description) <= 200),
    permissions TEXT NOT NULL CHECK (length(permissions) <= 6000),
    version BIGINT NOT NULL,
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    changed_by uuid REFERENCES users (id),
    changed_at timestamptz NOT NULL,
    UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX custom_roles_name ON custom_roles (account_id, name_key);

ALTER TABLE grants ADD COLUMN custom_role_id uuid;
ALTER TABLE grants ADD CONSTRAINT grants_custom_role
    FOREIGN KEY (account_id, custom_role_id) REFERENCES custom_roles (account_id, id);
DROP INDEX grants_of_user;
CREATE INDEX grants_of_custom_role ON grants (custom_role_id, scope_id, user_id) WHERE custom_role_id IS NOT NULL;
CREATE INDEX grants_of_user ON grants (user_id, account_id, role, group_id, organization_id, project_id, below,
    starts_at, ends_at, given_by, given_at, id, custom_role_id);
