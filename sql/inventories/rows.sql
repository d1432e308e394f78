-- How many rows an inventory's files hold.
-- Pieces: files (SQL that reads them). Parameters: theirs.
SELECT count(*) FROM {{ files }}
