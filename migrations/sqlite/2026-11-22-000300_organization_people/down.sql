DROP INDEX grants_below;
DROP TABLE organization_groups;
DROP TABLE organization_people;
