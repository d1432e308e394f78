-- Both sides joined on the match key alone, the keys in `repeated` left out, and every pair of rows
-- compared column by column: one row for all pairs alike, and one for every key of interest.
-- Pieces: keys; columns (a mapping: canonical column to SQL of what stands for it in the join);
-- marks (lists of SQL, each true where s and t differ in a column; one list a number); null_key (SQL
-- that is true where the match key holds a NULL); set_aside (whether there are repeated keys to
-- leave out); differing_keys (whether keys of rows that differ are of interest; else only those of
-- rows that the other side lacks).
-- Columns: the key columns (NULL where not of interest), found (0 on both sides, 1 in the target
-- only, 2 in the source only), differs_0 … (numbers whose bits mark columns that differ), null_key,
-- pairs.
CREATE OR REPLACE TEMP TABLE paired AS
WITH
{% for side in ['source', 'target'] %}
{{ side }}_carried AS (
    SELECT {{ keys | join(', ') }}, {{ null_key }} AS null_key, true AS present{% for name, carried in columns.items() %}, {{ carried }} AS {{ name }}{% endfor %}

    FROM {{ side }}_rows AS r
{% if set_aside %}
    ANTI JOIN repeated AS x ON {% for k in keys %}x.{{ k }} IS NOT DISTINCT FROM r.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

{% endif %}
),
{% endfor %}
marked AS (
    SELECT
{% for k in keys %}
        s.{{ k }} AS source_{{ k }},
        t.{{ k }} AS target_{{ k }},
{% endfor %}
        CAST(CASE WHEN s.present IS NULL THEN 1 WHEN t.present IS NULL THEN 2 ELSE 0 END AS TINYINT) AS found,
{% for number in marks %}
        CASE WHEN s.present AND t.present THEN {% for differs in number %}(CASE WHEN {{ differs }} THEN {{ 2 ** loop.index0 }} ELSE 0 END){{ ' | ' if not loop.last }}{% endfor %} ELSE 0 END AS differs_{{ loop.index0 }},
{% endfor %}
        coalesce(s.null_key, t.null_key) AS null_key
    FROM source_carried AS s
    FULL JOIN target_carried AS t ON {% for k in keys %}s.{{ k }} IS NOT DISTINCT FROM t.{{ k }}{{ ' AND ' if not loop.last }}{% endfor %}

)
SELECT
{% for k in keys %}
    CASE found WHEN 1 THEN target_{{ k }} WHEN 2 THEN source_{{ k }}{% if differing_keys %} ELSE CASE WHEN {% for number in marks %}differs_{{ loop.index0 }} <> 0{{ ' OR ' if not loop.last }}{% else %}false{% endfor %} THEN source_{{ k }} END{% endif %} END AS {{ k }},
{% endfor %}
    found,
{% for number in marks %}
    differs_{{ loop.index0 }},
{% endfor %}
    null_key,
    count(*) AS pairs
FROM marked
GROUP BY ALL
