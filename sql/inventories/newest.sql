-- The objects, each once: of what an inventory lists twice, the newest.
-- Pieces: table; in_order (whether they are put into the order of their names).
CREATE OR REPLACE TABLE {{ table }} AS
SELECT * FROM {{ table }}
QUALIFY row_number() OVER (PARTITION BY name ORDER BY modified DESC NULLS LAST) = 1
{% if in_order %}
ORDER BY name
{% endif %}
