-- differs: type of keys, clustered tables on SQLite, triggers

-- What a list of people shows of the login stands in the membership too, so that a page of people is read out of one
-- index, without a walk to each login. It follows the login by itself: no door can forget it.
ALTER TABLE memberships ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN locked_until TEXT;

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

CREATE TRIGGER users_in_memberships AFTER UPDATE OF email, email_key, locked_until ON users
WHEN NEW.email IS NOT OLD.email OR NEW.email_key IS NOT OLD.email_key OR NEW.locked_until IS NOT OLD.locked_until
BEGIN
    UPDATE memberships SET email = NEW.email, email_key = NEW.email_key, locked_until = NEW.locked_until
    WHERE user_id = NEW.id;
END;
CREATE TRIGGER memberships_of_users AFTER INSERT ON memberships
WHEN EXISTS (SELECT 1 FROM users AS u WHERE u.id = NEW.user_id
    AND (u.email IS NOT NEW.email OR u.locked_until IS NOT NEW.locked_until))
BEGIN
    UPDATE memberships SET
        email = (SELECT u.email FROM users AS u WHERE u.id = NEW.user_id),
        locked_until = (SELECT u.locked_until FROM users AS u WHERE u.id = NEW.user_id)
    WHERE account_id = NEW.account_id AND user_id = NEW.user_id;
END;

-- How many people of an account stand how: kept, so that no page counts them, and by triggers, so that no door can forget
-- it. Several rows may count the same (`part`): on PostgreSQL each connection has one, so that two of them do not wait for
-- each other; a part may be less than nothing, and the sum is right.
CREATE TABLE member_counts (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    part BIGINT NOT NULL,
    members BIGINT NOT NULL,
    PRIMARY KEY (account_id, status, part)
) WITHOUT ROWID;

INSERT INTO member_counts (account_id, status, part, members)
SELECT account_id, status, 0, count(*) FROM memberships GROUP BY account_id, status;

CREATE TRIGGER memberships_come AFTER INSERT ON memberships BEGIN
    INSERT INTO member_counts (account_id, status, part, members) VALUES (NEW.account_id, NEW.status, 0, 1)
    ON CONFLICT (account_id, status, part) DO UPDATE SET members = members + 1;
END;
CREATE TRIGGER memberships_turn AFTER UPDATE OF status ON memberships WHEN NEW.status IS NOT OLD.status BEGIN
    UPDATE member_counts SET members = members - 1 WHERE account_id = OLD.account_id AND status = OLD.status AND part = 0;
    INSERT INTO member_counts (account_id, status, part, members) VALUES (NEW.account_id, NEW.status, 0, 1)
    ON CONFLICT (account_id, status, part) DO UPDATE SET members = members + 1;
END;
CREATE TRIGGER memberships_go AFTER DELETE ON memberships BEGIN
    UPDATE member_counts SET members = members - 1 WHERE account_id = OLD.account_id AND status = OLD.status AND part = 0;
END;
