-- What Azure Blob Inventory says of every blob of one container; what else it lists is left out.
-- Pieces: files (SQL that reads them); blob_name, content_length, etag (SQL of those columns as text);
-- version_id, is_current_version, snapshot, deleted, hdi_isfolder, last_modified, content_crc64
-- (likewise, NULL where there is no such column).
-- Parameters: those of the files; container.
-- A blob that has no version id is the blob itself; of versions the current one says so. Its CRC-64
-- is eight bytes of which the least comes first. Content-MD5 is whatever a client once said, and is
-- not read.
-- Columns: as of s3_rows.
SELECT
    substr({{ blob_name }}, length($container) + 2) AS name,
    {{ content_length }} AS size,
    replace({{ etag }}, '"', '') AS etag,
    {{ version_id }} AS version,
    {{ last_modified }} AS modified,
{% for byte in range(8) %}
    (((reconcile_crc64 >> {{ 8 * byte }}) & CAST(255 AS UBIGINT)) << {{ 56 - 8 * byte }}){{ ' |' if not loop.last else ' AS crc64nvme,' }}
{% endfor %}
    CAST(NULL AS VARCHAR) AS md5,
    ({{ version_id }} IS NULL OR lower({{ is_current_version }}) = 'true')
        AND {{ snapshot }} IS NULL
        AND coalesce(lower({{ deleted }}), 'false') <> 'true'
        AND coalesce(lower({{ hdi_isfolder }}), 'false') <> 'true' AS is_there,
    CASE
        WHEN coalesce(lower({{ is_current_version }}), 'false') NOT IN ('true', 'false')
            OR coalesce(lower({{ deleted }}), 'false') NOT IN ('true', 'false')
            OR coalesce(lower({{ hdi_isfolder }}), 'false') NOT IN ('true', 'false')
        THEN 'version'
    END AS fault
FROM (
    SELECT
        *,
        CASE WHEN regexp_full_match({{ content_crc64 }}, '[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=')
        THEN CAST('0x' || hex(from_base64({{ content_crc64 }})) AS UBIGINT) END AS reconcile_crc64
    FROM {{ files }}
)
WHERE starts_with({{ blob_name }}, $container || '/')
