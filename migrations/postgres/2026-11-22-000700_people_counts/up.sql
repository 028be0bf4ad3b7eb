-- differs: type of keys, clustered tables on SQLite

-- How many people have a role on a project, or on an organization or something in it: kept, so that no page counts
-- them. Follows the grants (src/members/counts.rs); no row is nobody. Of a deleted organization there is none.
CREATE TABLE people_counts (
    scope_id uuid PRIMARY KEY NOT NULL,
    people BIGINT NOT NULL
);

INSERT INTO people_counts (scope_id, people)
SELECT organization_id, count(*) FROM organization_people
WHERE ancestor_organization_id = organization_id
GROUP BY organization_id;

INSERT INTO people_counts (scope_id, people)
SELECT project_id, count(DISTINCT user_id) FROM grants
WHERE project_id IS NOT NULL
GROUP BY project_id;
