-- How many people are locked stands on User Management: found among those who are, and not among all.
CREATE INDEX users_locked ON users (locked_until, id) WHERE locked_until IS NOT NULL;
