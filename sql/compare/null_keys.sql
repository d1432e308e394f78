-- How many rows of a side have a NULL in the match key.
-- Pieces: keys; side.
-- Columns: n.
SELECT count(*) AS n FROM {{ side }}_rows
WHERE {% for k in keys %}{{ k }} IS NULL{{ ' OR ' if not loop.last }}{% endfor %}

