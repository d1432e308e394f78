-- Mismatched rows per column.
-- Columns: name, n.
SELECT name, count(*) AS n
FROM (SELECT unnest(mismatched_columns) AS name FROM pairs)
GROUP BY name
