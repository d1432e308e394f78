-- How many pairs a join on the match key would make, estimated from bucket counts: a choice of
-- way only, never an answer. Keys that are unique on both sides make at most one pair a row.
-- Pieces: keys (names of the canonical key columns).
-- Columns: pairs, rows_of_larger_side.
WITH s AS (
    SELECT hash({{ keys | join(', ') }}) & 65535 AS bucket, count(*) AS n FROM source_rows GROUP BY bucket
),
t AS (
    SELECT hash({{ keys | join(', ') }}) & 65535 AS bucket, count(*) AS n FROM target_rows GROUP BY bucket
)
SELECT
    coalesce(sum(CAST(s.n AS DOUBLE) * t.n), 0)
        - coalesce(sum(CAST(s.n AS DOUBLE)), 0) * coalesce(sum(CAST(t.n AS DOUBLE)), 0) / 65536 AS pairs,
    greatest(coalesce(sum(s.n), 0), coalesce(sum(t.n), 0)) AS rows_of_larger_side
FROM s FULL JOIN t ON s.bucket = t.bucket
