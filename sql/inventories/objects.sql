-- The objects below a prefix, in the order of their names' UTF-8 bytes.
-- Pieces: table. Parameters: prefix; beyond (what follows every name that begins with it, NULL where
-- nothing does).
-- The bounds let the engine pass over what lies elsewhere in a table in that order.
-- Columns: name, size, etag, version, modified, crc64nvme.
SELECT name, size, etag, version, modified, crc64nvme
FROM {{ table }}
WHERE name >= $prefix AND ($beyond IS NULL OR name < $beyond) AND starts_with(name, $prefix)
ORDER BY name
