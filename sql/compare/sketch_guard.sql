-- Guard and cells of rows that were told by their hashes, as sketch.sql computes them.
-- Pieces: third.
-- Columns: guard, in_first, in_second, in_third (numbers of cells in the whole table), in the
-- order of `told`.
SELECT
    guard,
    CAST(reconcile_place(guard, 0, {{ third }}) AS BIGINT) AS in_first,
    CAST(reconcile_place(guard, 1, {{ third }}) AS BIGINT) + {{ third }} AS in_second,
    CAST(reconcile_place(guard, 2, {{ third }}) AS BIGINT) + {{ 2 * third }} AS in_third
FROM (SELECT position, reconcile_guard(key_hash, row_hash) AS guard FROM told)
ORDER BY position
