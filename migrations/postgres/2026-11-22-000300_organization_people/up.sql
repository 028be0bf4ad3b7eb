-- differs: type and byte order of keys, clustered tables on SQLite

-- The people of each organization and of each one above it, by name: one row for whoever holds a role on the
-- organization or on a project in it. Follows the grants (src/members/people.rs); nothing is decided by it.
-- No reference to users: a row follows a grant, and that refers to the membership.
CREATE TABLE organization_people (
    ancestor_organization_id uuid NOT NULL REFERENCES organizations (id),
    sort_key TEXT COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (ancestor_organization_id, sort_key, user_id, organization_id)
);
CREATE INDEX organization_people_of ON organization_people (organization_id, ancestor_organization_id, sort_key, user_id);

-- The groups that each organization, or one below it, is in.
CREATE TABLE organization_groups (
    ancestor_organization_id uuid NOT NULL REFERENCES organizations (id),
    group_id uuid NOT NULL REFERENCES groups (id),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (ancestor_organization_id, group_id, organization_id)
);
CREATE INDEX organization_groups_of ON organization_groups (organization_id, ancestor_organization_id);
CREATE INDEX organization_groups_by_group ON organization_groups (group_id, organization_id);

-- Whoever has a role on everything below an organization, by name.
CREATE INDEX grants_below ON grants (scope_id, sort_key, user_id) WHERE below;

INSERT INTO organization_people (ancestor_organization_id, sort_key, user_id, organization_id)
WITH RECURSIVE above (organization_id, ancestor_id) AS (
    SELECT id, id FROM organizations WHERE status <> 'deleted'
    UNION ALL
    SELECT above.organization_id, organizations.parent_id
    FROM above JOIN organizations ON organizations.id = above.ancestor_id
    WHERE organizations.parent_id IS NOT NULL
)
SELECT DISTINCT above.ancestor_id, grants.sort_key, grants.user_id, above.organization_id
FROM grants JOIN above ON above.organization_id = grants.organization_id;

INSERT INTO organization_groups (ancestor_organization_id, group_id, organization_id)
WITH RECURSIVE above (organization_id, ancestor_id) AS (
    SELECT id, id FROM organizations WHERE status <> 'deleted'
    UNION ALL
    SELECT above.organization_id, organizations.parent_id
    FROM above JOIN organizations ON organizations.id = above.ancestor_id
    WHERE organizations.parent_id IS NOT NULL
)
SELECT above.ancestor_id, group_organizations.group_id, above.organization_id
FROM group_organizations JOIN above ON above.organization_id = group_organizations.organization_id;
