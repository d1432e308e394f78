-- What the join found, summed (`found` as in joined.sql).
-- Columns: equal, equal_null_key (pairs), source_rows, target_rows (rows the join has seen, if
-- no key repeats).
SELECT
    coalesce(sum(pairs) FILTER (found IN (3, 4)), 0) AS equal,
    coalesce(sum(pairs) FILTER (found = 4), 0) AS equal_null_key,
    coalesce(sum(pairs) FILTER (found <> 1), 0) AS source_rows,
    coalesce(sum(pairs) FILTER (found <> 2), 0) AS target_rows
FROM joined
