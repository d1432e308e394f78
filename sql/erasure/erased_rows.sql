-- The rows of a file whose match key is on the erasure list.
-- Pieces: keys (the key columns of both relations); rows, listed (SQL of the file's rows and of the
-- list's, by their canonical keys).
-- Keys are those that the comparison would pair, so a NULL in the list stands for a NULL in the rows.
-- Columns: row_number (from 0), in order.
SELECT r.row_number
FROM ({{ rows }}) AS r
SEMI JOIN ({{ listed }}) AS l
    ON {% for k in keys %}l.{{ k }} IS NOT DISTINCT FROM r.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

ORDER BY r.row_number
