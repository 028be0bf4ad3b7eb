-- differs: SQLite compares every text by its bytes; here a column says so. person_key was made without.
SELECT 1;
