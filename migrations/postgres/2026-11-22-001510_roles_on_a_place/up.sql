-- Who holds a role on a place: the account in front, as statements name it, too. Else the planner takes the index of the
-- role in the whole account, as wide as the right one, and looks through all who hold it anywhere.
DROP INDEX grants_on_place_of_role;
CREATE INDEX grants_on_place_of_role ON grants (account_id, scope_id, role, sort_key, user_id);
