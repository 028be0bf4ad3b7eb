-- A request for a place with everything below it may stand beside a narrower one for the place alone.
DROP INDEX requests_open;
CREATE UNIQUE INDEX requests_open ON requests (scope_id, user_id, role, below) WHERE due_at IS NOT NULL;
