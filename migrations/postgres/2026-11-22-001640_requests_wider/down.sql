DROP INDEX requests_open;
CREATE UNIQUE INDEX requests_open ON requests (scope_id, user_id, role) WHERE due_at IS NOT NULL;
