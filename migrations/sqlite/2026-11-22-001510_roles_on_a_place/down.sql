DROP INDEX grants_on_place_of_role;
CREATE INDEX grants_on_place_of_role ON grants (scope_id, role, sort_key, user_id, starts_at, ends_at);
