-- What is wrong with rows of an inventory, where anything is.
-- Pieces: table.
-- Columns: fault, n, example (the least of their names).
SELECT fault, count(*) AS n, min(name) AS example FROM {{ table }}
WHERE fault IS NOT NULL
GROUP BY fault ORDER BY fault LIMIT 1
