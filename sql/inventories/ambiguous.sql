-- A name that an inventory gives to several objects of which none is the newest version.
-- Pieces: table.
WITH repeated AS (
    SELECT
        name, max(modified) AS newest,
        bool_and(version IS NOT NULL AND modified IS NOT NULL) AS dated
    FROM {{ table }}
    GROUP BY name
    HAVING count(DISTINCT (size, etag)) > 1
)
SELECT name
FROM {{ table }} JOIN repeated USING (name)
GROUP BY name
HAVING NOT any_value(dated)
    OR count(DISTINCT (size, etag)) FILTER (WHERE modified = newest) <> 1
ORDER BY name LIMIT 1
