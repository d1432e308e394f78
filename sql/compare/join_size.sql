-- How many pairs of rows of one side share a match key, each row with itself included, estimated
-- from bucket counts: a choice of way only, never an answer. Where keys are unique it is about the
-- side's rows, and then a join makes no more pairs than the other side has rows.
-- Pieces: keys (names of the canonical key columns); side.
-- Columns: pairs.
WITH buckets AS (
    SELECT CAST(hash({{ keys | join(', ') }}) & 65535 AS USMALLINT) AS bucket, count(*) AS n
    FROM {{ side }}_rows
    GROUP BY bucket
)
SELECT coalesce(sum(CAST(n AS DOUBLE) * n) - sum(CAST(n AS DOUBLE)) * sum(CAST(n AS DOUBLE)) / 65536, 0) AS pairs
FROM buckets
