-- The match keys among which the first discrepant rows of each kind are, in the order of
-- discrepancies.sql: those of rows that the other side lacks, those of repeated keys, and of pairs
-- either the first that differ, where `paired` holds their keys, or the first of all.
-- Pieces: keys; match_key (SQL of the match key as JSON, over the key columns of `d`); rows (of each
-- kind); differing_keys (whether `paired` holds the keys of pairs that differ).
-- Columns: the key columns, each key once.
CREATE OR REPLACE TEMP TABLE unsettled AS
WITH discrepant AS (
    SELECT
        CASE found WHEN 0 THEN 'value_mismatch' WHEN 1 THEN 'missing_in_source' ELSE 'missing_in_target' END AS outcome,
        CASE found WHEN 0 THEN 'both' WHEN 1 THEN 'target' ELSE 'source' END AS side,
        {{ keys | join(', ') }}
    FROM paired
    WHERE found <> 0{% if differing_keys %}{% for number in range(marks) %} OR differs_{{ number }} <> 0{% endfor %}{% endif %}

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
UNION
{% endfor %}
SELECT {{ keys | join(', ') }} FROM looked_at
