DROP INDEX requests_waiting_by_person;
DROP INDEX requests_by_person;
DROP INDEX requests_of_account;
DROP INDEX requests_waiting;
CREATE INDEX requests_waiting ON requests (account_id, id) WHERE due_at IS NOT NULL;
ALTER TABLE requests DROP COLUMN person_key;
