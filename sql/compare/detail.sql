-- Every row, in full, of the keys that the join could not settle.
-- Pieces: keys; columns (names of the canonical columns); row_hash; relations (a mapping: side to
-- SQL of its rows under the keys of `unsettled`).
-- Columns: side, the key columns, the canonical columns, row_hash, row_json.
CREATE OR REPLACE TEMP TABLE detail AS
{% for side, relation in relations.items() %}
SELECT '{{ side }}' AS side, {{ (keys + columns) | join(', ') }}, {{ row_hash }} AS row_hash, row_json
FROM ({{ relation }})
{{ 'UNION ALL' if not loop.last }}
{% endfor %}
