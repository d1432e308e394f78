-- How many of the first rows of both sides have one key, and how many of those pairs differ: a
-- choice of way only, never an answer. In sides of one order the same rows come first; in sides of
-- any order chance makes some pairs. Keys that repeat tell nothing. By a row's number the engine
-- reads no more of a file than it must, where a limit alone has read ahead before it is reached.
-- Pieces: key_hash; row_hash; rows (of each side).
-- Columns: pairs, differing.
WITH
{% for side in ['source', 'target'] %}
{{ side }}_sampled AS (
    SELECT {{ key_hash }} AS key_hash, any_value({{ row_hash }}) AS row_hash
    FROM (SELECT * FROM {{ side }}_rows WHERE row_number < {{ rows }} LIMIT {{ rows }})
    GROUP BY ALL
    HAVING count(*) = 1
){{ ',' if not loop.last }}
{% endfor %}
SELECT count(*) AS pairs, count(*) FILTER (s.row_hash <> t.row_hash) AS differing
FROM source_sampled AS s JOIN target_sampled AS t ON s.key_hash = t.key_hash
