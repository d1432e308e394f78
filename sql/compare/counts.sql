-- The outcomes counted.
-- Pieces: keys.
-- Columns: outcome, side, n. Pairs that a tolerance accepts are `matched`; cancelled rows are too.
SELECT outcome, side, count(*) AS n FROM outcomes WHERE outcome <> 'pair' GROUP BY ALL
UNION ALL
SELECT CASE WHEN len(mismatched_columns) = 0 THEN 'matched' ELSE 'value_mismatch' END, 'both', count(*)
FROM pairs GROUP BY ALL
UNION ALL
SELECT 'rows', side, count(*) FROM detail GROUP BY ALL
UNION ALL
SELECT 'null_key_rows', side, count(*) FROM detail
WHERE {% for k in keys %}{{ k }} IS NULL{{ ' OR ' if not loop.last }}{% endfor %} GROUP BY ALL
UNION ALL
SELECT 'repeated_keys', 'both', count(DISTINCT key_id) FROM outcomes WHERE repeated
