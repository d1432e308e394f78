-- Both sides joined on match key and row hash, the keys in `repeated` left out: one row for all
-- pairs that are equal, and one for every key whose rows are not.
-- Pieces: keys; row_hash (SQL of the hash of a row's compared columns); set_aside (whether there
-- are repeated keys to leave out).
-- A row's hash is never NULL, so it says which side a joined row is of. One small number says what
-- was found, since every column that is grouped by costs about a tenth of the join.
-- Columns: the key columns (NULL where equal), found (0 different, 1 in the target only, 2 in the
-- source only, 3 equal, 4 equal with a NULL in the key), pairs.
CREATE OR REPLACE TEMP TABLE joined AS
WITH s AS (
    SELECT {{ keys | join(', ') }}, {{ row_hash }} AS row_hash
    FROM source_rows AS r
{% if set_aside %}
    ANTI JOIN repeated AS x ON {% for k in keys %}x.{{ k }} IS NOT DISTINCT FROM r.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

{% endif %}
),
t AS (
    SELECT {{ keys | join(', ') }}, {{ row_hash }} AS row_hash
    FROM target_rows AS r
{% if set_aside %}
    ANTI JOIN repeated AS x ON {% for k in keys %}x.{{ k }} IS NOT DISTINCT FROM r.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

{% endif %}
),
pairs AS (
    SELECT
{% for k in keys %}
        CASE
            WHEN s.row_hash IS NOT DISTINCT FROM t.row_hash THEN NULL
            WHEN s.row_hash IS NOT NULL THEN s.{{ k }}
            ELSE t.{{ k }}
        END AS {{ k }},
{% endfor %}
        CAST(CASE
            WHEN s.row_hash IS NULL THEN 1
            WHEN t.row_hash IS NULL THEN 2
            WHEN s.row_hash <> t.row_hash THEN 0
            WHEN {% for k in keys %}s.{{ k }} IS NULL{{ ' OR ' if not loop.last }}{% endfor %} THEN 4
            ELSE 3
        END AS TINYINT) AS found
    FROM s FULL JOIN t ON {% for k in keys %}s.{{ k }} IS NOT DISTINCT FROM t.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

)
SELECT {{ keys | join(', ') }}, found, count(*) AS pairs
FROM pairs
GROUP BY ALL
