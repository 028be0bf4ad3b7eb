-- differs: type of keys, clustered tables on SQLite, triggers

-- What a list of people shows of the login stands in the membership too, so that a page of people is read out of one
-- index, without a walk to each login. It follows the login by itself: no door can forget it.
ALTER TABLE memberships ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN locked_until timestamptz;

UPDATE memberships SET
    email = (SELECT u.email FROM users AS u WHERE u.id = memberships.user_id),
    locked_until = (SELECT u.locked_until FROM users AS u WHERE u.id = memberships.user_id);

DROP INDEX memberships_by_name;
CREATE INDEX memberships_by_name ON memberships (account_id, sort_key, user_id, status, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until);
DROP INDEX memberships_by_status;
CREATE INDEX memberships_by_status ON memberships (account_id, status, sort_key, user_id, kind, first_name, last_name,
    joined_at, link_expires_at, last_sign_in_at, deactivated_at, email, locked_until);
-- Who is locked stands on User Management, and in a list of its own: found among those of the account who are, and not
-- among all.
CREATE INDEX memberships_locked ON memberships (account_id, sort_key, user_id, locked_until, status, kind, first_name,
    last_name, joined_at, link_expires_at, last_sign_in_at, deactivated_at, email)
    WHERE locked_until IS NOT NULL;

CREATE FUNCTION users_in_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE memberships SET email = NEW.email, email_key = NEW.email_key, locked_until = NEW.locked_until
    WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER users_in_memberships AFTER UPDATE OF email, email_key, locked_until ON users FOR EACH ROW
WHEN (NEW.email IS DISTINCT FROM OLD.email OR NEW.email_key IS DISTINCT FROM OLD.email_key
    OR NEW.locked_until IS DISTINCT FROM OLD.locked_until)
EXECUTE FUNCTION users_in_memberships();
CREATE FUNCTION memberships_of_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT u.email, u.locked_until INTO NEW.email, NEW.locked_until FROM users AS u WHERE u.id = NEW.user_id;
    RETURN NEW;
END $$;
CREATE TRIGGER memberships_of_users BEFORE INSERT ON memberships FOR EACH ROW EXECUTE FUNCTION memberships_of_users();

-- How many people of an account stand how: kept, so that no page counts them, and by triggers, so that no door can forget
-- it. Several rows may count the same (`part`): on PostgreSQL each connection has one, so that two of them do not wait for
-- each other; a part may be less than nothing, and the sum is right.
CREATE TABLE member_counts (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    part BIGINT NOT NULL,
    members BIGINT NOT NULL,
    PRIMARY KEY (account_id, status, part)
);

INSERT INTO member_counts (account_id, status, part, members)
SELECT account_id, status, 0, count(*) FROM memberships GROUP BY account_id, status;

CREATE FUNCTION memberships_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine BIGINT := pg_backend_pid() % 16;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO member_counts AS c (account_id, status, part, members) VALUES (OLD.account_id, OLD.status, mine, -1)
        ON CONFLICT (account_id, status, part) DO UPDATE SET members = c.members - 1;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO member_counts AS c (account_id, status, part, members) VALUES (NEW.account_id, NEW.status, mine, 1)
        ON CONFLICT (account_id, status, part) DO UPDATE SET members = c.members + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER memberships_come_and_go AFTER INSERT OR DELETE ON memberships FOR EACH ROW
EXECUTE FUNCTION memberships_counted();
CREATE TRIGGER memberships_turn AFTER UPDATE OF status ON memberships FOR EACH ROW
WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION memberships_counted();
