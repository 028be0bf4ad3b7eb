-- Requests by whom they are for, and newest first: each order is carried by an index, for all and for what waits.
ALTER TABLE requests ADD COLUMN person_key TEXT NOT NULL DEFAULT '';
UPDATE requests SET person_key = COALESCE((SELECT memberships.sort_key FROM memberships
    WHERE memberships.account_id = requests.account_id AND memberships.user_id = requests.user_id), '');
DROP INDEX requests_waiting;
CREATE INDEX requests_waiting ON requests (account_id, created_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX requests_of_account ON requests (account_id, created_at, id);
CREATE INDEX requests_by_person ON requests (account_id, person_key, id);
CREATE INDEX requests_waiting_by_person ON requests (account_id, person_key, id) WHERE due_at IS NOT NULL;
