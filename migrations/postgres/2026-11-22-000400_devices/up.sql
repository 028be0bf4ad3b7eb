-- differs: key and time types, byte order of keys, clustered tables on SQLite

-- Devices: things that belong to one organization. The identifier is unique in the account. One that never reported was
-- last seen in 1970: a column to sort by holds no gaps.
CREATE TABLE devices (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    organization_id uuid NOT NULL,
    identifier TEXT NOT NULL CHECK (length(identifier) BETWEEN 1 AND 120),
    identifier_key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    name_key TEXT COLLATE "C" NOT NULL,
    model TEXT NOT NULL CHECK (length(model) <= 120),
    model_key TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'maintenance', 'retired')),
    last_seen_at timestamptz NOT NULL,
    metadata TEXT NOT NULL CHECK (length(metadata) <= 4000),
    version BIGINT NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id)
);
CREATE UNIQUE INDEX devices_identifier ON devices (account_id, identifier_key);
CREATE INDEX devices_by_name ON devices (organization_id, name_key, id);
CREATE INDEX devices_by_identifier ON devices (organization_id, identifier_key, id);
CREATE INDEX devices_by_status ON devices (organization_id, status, name_key, id);
CREATE INDEX devices_by_model ON devices (organization_id, model_key, name_key, id);
CREATE INDEX devices_by_last_seen ON devices (organization_id, last_seen_at, id);

-- What became of each row of a file of devices: the page that is shown after Submit.
CREATE TABLE device_imports (
    id uuid NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    organization_id uuid NOT NULL,
    imported_by uuid NOT NULL REFERENCES users (id),
    outcomes TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, id)
);
CREATE INDEX device_imports_by_organization ON device_imports (account_id, organization_id, id);
