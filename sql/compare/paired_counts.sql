-- The pairs of `paired` counted as counts.sql counts detailed rows.
-- Pieces: marks (how many numbers mark the columns that differ).
-- Columns: outcome, side, n.
WITH told AS (
    SELECT
        found,
        {% for number in range(marks) %}differs_{{ number }} <> 0 OR {% endfor %}false AS differs,
        null_key,
        pairs
    FROM paired
)
SELECT CASE WHEN differs THEN 'value_mismatch' ELSE 'matched' END AS outcome, 'both' AS side, coalesce(sum(pairs), 0) AS n
FROM told WHERE found = 0 GROUP BY ALL
UNION ALL
SELECT 'missing_in_source', 'target', coalesce(sum(pairs), 0) FROM told WHERE found = 1 GROUP BY ALL
UNION ALL
SELECT 'missing_in_target', 'source', coalesce(sum(pairs), 0) FROM told WHERE found = 2 GROUP BY ALL
UNION ALL
SELECT 'rows', 'source', coalesce(sum(pairs), 0) FROM told WHERE found <> 1 GROUP BY ALL
UNION ALL
SELECT 'rows', 'target', coalesce(sum(pairs), 0) FROM told WHERE found <> 2 GROUP BY ALL
UNION ALL
SELECT 'null_key_rows', 'source', coalesce(sum(pairs), 0) FROM told WHERE found <> 1 AND null_key GROUP BY ALL
UNION ALL
SELECT 'null_key_rows', 'target', coalesce(sum(pairs), 0) FROM told WHERE found <> 2 AND null_key GROUP BY ALL
UNION ALL
SELECT 'repeated_keys', 'both', count(*) FROM told WHERE found <> 0 AND pairs > 1
