-- The match keys of the first discrepant rows of each kind and side, in the order of
-- discrepancies.sql: those of the keys that are paired, and those of repeated keys.
-- Pieces: keys; match_key (SQL of the match key as JSON, over the key columns of `d`); marks; rows
-- (of each kind).
-- Columns: the key columns, each key once.
CREATE OR REPLACE TEMP TABLE unsettled AS
WITH discrepant AS (
    SELECT
        CASE found WHEN 0 THEN 'value_mismatch' WHEN 1 THEN 'missing_in_source' ELSE 'missing_in_target' END AS outcome,
        CASE found WHEN 0 THEN 'both' WHEN 1 THEN 'target' ELSE 'source' END AS side,
        {{ keys | join(', ') }}
    FROM paired
    WHERE found <> 0{% for number in range(marks) %} OR differs_{{ number }} <> 0{% endfor %}

    UNION ALL
    SELECT DISTINCT o.outcome, o.side, {% for k in keys %}d.{{ k }}{{ ', ' if not loop.last }}{% endfor %}

    FROM outcomes AS o JOIN detail AS d ON d.rowid = o.id
    WHERE o.outcome IN ('missing_in_target', 'missing_in_source', 'duplicate_key')
    UNION ALL
    SELECT DISTINCT 'value_mismatch', 'both', {% for k in keys %}d.{{ k }}{{ ', ' if not loop.last }}{% endfor %}

    FROM pairs AS p JOIN detail AS d ON d.rowid = p.source_id
    WHERE len(p.mismatched_columns) > 0
)
{% for outcome, side in [('value_mismatch', 'both'), ('missing_in_target', 'source'), ('missing_in_source', 'target'), ('duplicate_key', 'source'), ('duplicate_key', 'target')] %}
(
    SELECT {{ keys | join(', ') }} FROM discrepant AS d
    WHERE outcome = '{{ outcome }}' AND side = '{{ side }}'
    ORDER BY {{ match_key }} LIMIT {{ rows }}
)
{{ 'UNION' if not loop.last }}
{% endfor %}
