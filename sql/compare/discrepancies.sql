-- Every discrepant row, one line each; or the first of each kind.
-- Pieces: match_key (SQL of the match key as JSON, over the key columns of `d`); per_kind (how many
-- of each kind; None for all).
-- Columns: kind, side, match_key, mismatched_columns, source_row, target_row, row_hash.
WITH found AS (
    SELECT 'value_mismatch' AS kind, 'both' AS side, source_id, target_id, mismatched_columns
    FROM pairs WHERE len(mismatched_columns) > 0
    UNION ALL
    SELECT
        outcome, side,
        CASE WHEN side = 'source' THEN id END, CASE WHEN side = 'target' THEN id END,
        CAST([] AS VARCHAR[])
    FROM outcomes WHERE outcome NOT IN ('cancelled', 'pair')
),
discrepant AS (
    SELECT
        f.kind,
        f.side,
        {{ match_key }} AS match_key,
        f.mismatched_columns,
        s.row_json AS source_row,
        t.row_json AS target_row,
        sha256(coalesce(s.row_json, '') || chr(0) || coalesce(t.row_json, '')) AS row_hash
    FROM found AS f
    LEFT JOIN detail AS s ON s.rowid = f.source_id AND s.side = 'source'
    LEFT JOIN detail AS t ON t.rowid = f.target_id AND t.side = 'target'
    JOIN detail AS d ON d.rowid = coalesce(f.source_id, f.target_id)
)
SELECT * FROM discrepant
{% if per_kind is not none %}
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY side, match_key, row_hash) <= {{ per_kind }}
{% endif %}
ORDER BY kind, side, match_key, row_hash
