-- How many rows list an object, and how many names there are, but for those whose hashes are equal.
-- Pieces: table.
-- Columns: n, distinct_names (as many as n only where no name is repeated).
SELECT count(*) AS n, count(DISTINCT hash(name)) AS distinct_names FROM {{ table }}
