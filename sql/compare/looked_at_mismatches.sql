-- How many settled pairs differ: in all, and among the keys of `looked_at`.
-- Pieces: keys.
-- Columns: settled, first.
WITH mismatched AS (
    SELECT d.* FROM pairs AS p JOIN detail AS d ON d.rowid = p.source_id WHERE len(p.mismatched_columns) > 0
)
SELECT
    (SELECT count(*) FROM mismatched) AS settled,
    (
        SELECT count(*) FROM mismatched AS m
        SEMI JOIN looked_at AS l ON {% for k in keys %}l.{{ k }} IS NOT DISTINCT FROM m.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

    ) AS first
