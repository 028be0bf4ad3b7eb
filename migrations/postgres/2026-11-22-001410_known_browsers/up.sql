-- What a browser said of itself when its person last signed in with it: a list of one's browsers tells them apart.
ALTER TABLE known_devices ADD COLUMN user_agent TEXT CHECK (length(user_agent) <= 256);
