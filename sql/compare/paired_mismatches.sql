-- Mismatched rows of `paired` per column.
-- Pieces: columns (a list: name as a text constant, the number that marks it, its bit there).
-- Columns: name, n; only of columns that differ somewhere.
SELECT name, n
FROM (
{% for name, number, bit in columns %}
    SELECT {{ name }} AS name, sum(pairs) AS n FROM paired WHERE differs_{{ number }} & {{ bit }} <> 0
{{ '    UNION ALL' if not loop.last }}
{% endfor %}
)
WHERE n > 0
