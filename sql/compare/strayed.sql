-- Rows that were located by their keys and are not among those read in full; none, or other rows
-- were read than those that were looked for.
-- Pieces: wanted (the join that leaves the wanted keys' rows, over `f` with the key columns).
-- Columns: n.
SELECT
    (SELECT count(*) FROM located_source)
    + (SELECT count(*) FROM located_target)
    - (SELECT count(*) FROM detail AS f {{ wanted }}) AS n
