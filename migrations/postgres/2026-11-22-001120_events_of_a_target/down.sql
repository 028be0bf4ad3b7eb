DROP INDEX audit_events_of_target;
CREATE INDEX audit_events_of_target ON audit_events (target_id, id);
