ALTER TABLE known_devices DROP COLUMN user_agent;
