-- What the join found, summed.
-- Columns: equal, equal_null_key (pairs), source_rows, target_rows (rows the join has seen, if
-- no key repeats).
SELECT
    coalesce(sum(pairs) FILTER (NOT differs), 0) AS equal,
    coalesce(sum(pairs) FILTER (NOT differs AND null_key), 0) AS equal_null_key,
    coalesce(sum(pairs) FILTER (in_source), 0) AS source_rows,
    coalesce(sum(pairs) FILTER (in_target), 0) AS target_rows
FROM joined
