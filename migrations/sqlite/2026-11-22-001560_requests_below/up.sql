-- Whether the role is asked for with everything below the organization, as in grants.
ALTER TABLE requests ADD COLUMN below BOOLEAN NOT NULL DEFAULT false;
