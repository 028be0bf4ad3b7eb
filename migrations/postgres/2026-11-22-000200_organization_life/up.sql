-- differs: types of ids and instants, collations, WITHOUT ROWID

-- What an organization says of itself, and when it left the active ones.
ALTER TABLE organizations ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}' CHECK (length(metadata) <= 16000);
ALTER TABLE organizations ADD COLUMN archived_at timestamptz;
ALTER TABLE organizations ADD COLUMN deleted_at timestamptz;
ALTER TABLE organizations ADD COLUMN deleted_by uuid;
CREATE INDEX organizations_by_status ON organizations (account_id, status, name_key, id);
CREATE INDEX organizations_under ON organizations (account_id, parent_id, name_key, id);
CREATE INDEX organizations_deleted ON organizations (deleted_at, id);

-- Slugs that were given up: of an account (scope: all zeros, for they are unique in the installation), of an
-- organization (scope: its account), of a project (scope: its organization). Each stays with its object until purge.
CREATE TABLE former_slugs (
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('account', 'organization', 'project')),
    scope_id uuid NOT NULL,
    slug TEXT COLLATE "C" NOT NULL CHECK (length(slug) BETWEEN 2 AND 48),
    account_id uuid NOT NULL REFERENCES accounts (id),
    object_id uuid NOT NULL,
    given_up_at timestamptz NOT NULL,
    PRIMARY KEY (kind, scope_id, slug)
);
CREATE INDEX former_slugs_of ON former_slugs (object_id);
CREATE INDEX former_slugs_by_account ON former_slugs (account_id);
