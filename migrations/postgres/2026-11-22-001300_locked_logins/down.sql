DROP INDEX users_locked;
