-- differs: types
-- Who asked, where they have left and somebody else took the request over; none: `requester_id`. Whoever takes a request
-- over has asked for nothing, so that their standing never counts as an approval.
ALTER TABLE requests ADD COLUMN asked_by BLOB REFERENCES users (id);
UPDATE requests SET asked_by = (SELECT audit_events.actor_id FROM audit_events
    JOIN users ON users.id = audit_events.actor_id
    WHERE audit_events.target_id = requests.id AND audit_events.action = 'request.created'
        AND audit_events.actor_id <> requests.requester_id
    ORDER BY audit_events.id LIMIT 1);
