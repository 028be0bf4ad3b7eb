-- The events about a thing are read in one account's chain alone, the newest first.
DROP INDEX audit_events_of_target;
CREATE INDEX audit_events_of_target ON audit_events (target_id, chain_id, id);
