-- Both sides joined on match key and row hash, the keys in `repeated` left out: one row for all
-- pairs that are equal, and one for every key whose rows are not.
-- Pieces: keys; row_hash (SQL of the hash of a row's compared columns); set_aside (whether there
-- are repeated keys to leave out).
-- A row's hash is never NULL, so it says which side a joined row is of.
-- Columns: the key columns (NULL where equal), differs, null_key, in_source, in_target, pairs.
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
        CASE WHEN s.row_hash IS NOT NULL THEN s.{{ k }} ELSE t.{{ k }} END AS {{ k }},
{% endfor %}
        s.row_hash IS DISTINCT FROM t.row_hash AS differs,
        s.row_hash IS NOT NULL AS in_source,
        t.row_hash IS NOT NULL AS in_target
    FROM s FULL JOIN t ON {% for k in keys %}s.{{ k }} IS NOT DISTINCT FROM t.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

)
SELECT
{% for k in keys %}
    CASE WHEN differs THEN {{ k }} END AS {{ k }},
{% endfor %}
    differs,
    {% for k in keys %}{{ k }} IS NULL{{ ' OR ' if not loop.last }}{% endfor %} AS null_key,
    in_source,
    in_target,
    count(*) AS pairs
FROM pairs
GROUP BY ALL
