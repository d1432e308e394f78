-- What the sketch and the detailed rows tell differently; nothing, or the sketch is not believed.
-- Pieces: key_hash (SQL over the key columns of `detail`).
-- Columns: contradictions.
WITH detailed AS (
    SELECT
        reconcile_signed({{ key_hash }}) AS key_hash,
        reconcile_signed(row_hash) AS row_hash,
        CASE WHEN side = 'source' THEN 1 ELSE -1 END AS n
    FROM detail
),
both_told AS (
    SELECT key_hash, row_hash, n FROM detailed
    UNION ALL
    SELECT key_hash, row_hash, -n FROM differing
)
SELECT count(*) AS contradictions
FROM (SELECT key_hash, row_hash FROM both_told GROUP BY ALL HAVING sum(n) <> 0)
