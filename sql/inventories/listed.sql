-- The objects that an inventory lists: those that are there now, below a prefix, named from there.
-- Pieces: table; rows (SQL of what the inventory says of every object); in_order (whether they are
-- put into the order of their names).
-- Parameters: those of the rows; prefix.
-- What only stands for a folder is no object. A row that cannot be understood is kept, with what is
-- wrong with it, for whoever reads the table to refuse.
-- Columns: name, size, etag, version, modified, crc64nvme, md5, fault.
CREATE OR REPLACE TABLE {{ table }} AS
SELECT
    substr(name, length($prefix) + 1) AS name,
    CASE WHEN regexp_full_match(size, '[0-9]{1,19}') THEN TRY_CAST(size AS BIGINT) END AS size,
    etag, version, modified, crc64nvme, md5,
    CASE
        WHEN fault IS NOT NULL THEN fault
        WHEN name IS NULL OR name = '' THEN 'name'
        WHEN NOT coalesce(regexp_full_match(size, '[0-9]{1,19}'), false)
            OR TRY_CAST(size AS BIGINT) IS NULL
        THEN 'size'
        WHEN coalesce(etag, '') = '' THEN 'tag'
    END AS fault
FROM ({{ rows }})
WHERE fault IS NOT NULL
    OR is_there
        AND coalesce(starts_with(name, $prefix), true)
        AND NOT coalesce(size = '0' AND ends_with(name, '/'), false)
{% if in_order %}
ORDER BY name
{% endif %}
