-- What S3 Inventory says of every object: its own spelling undone, versions told apart.
-- Pieces: files (SQL that reads them); encoded (whether keys are URL-encoded); bucket, key, size,
-- e_tag (SQL of those columns as text); version_id, is_latest, is_delete_marker, last_modified_date,
-- is_multipart_uploaded, encryption_status (likewise, NULL where there is no such column).
-- Parameters: those of the files; container.
-- An ETag is the MD5 of the bytes only of what was written in one part, and not under a key of KMS
-- or of a customer; of a checksum the inventory knows the algorithm alone.
-- Columns: name (NULL where it cannot be undone), size, etag, version, modified, crc64nvme (a number), md5,
-- is_there, fault.
SELECT
{% if encoded %}
    CASE
        WHEN regexp_matches({{ key }}, '%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)') THEN NULL
        ELSE TRY(url_decode(replace({{ key }}, '+', ' ')))
    END AS name,
{% else %}
    {{ key }} AS name,
{% endif %}
    {{ size }} AS size,
    {{ e_tag }} AS etag,
    {{ version_id }} AS version,
    {{ last_modified_date }} AS modified,
    CAST(NULL AS UBIGINT) AS crc64nvme,
    CASE
        WHEN lower({{ is_multipart_uploaded }}) = 'false'
            AND {{ encryption_status }} IN ('SSE-S3', 'NOT-SSE')
            AND regexp_full_match({{ e_tag }}, '[0-9a-f]{32}')
        THEN {{ e_tag }}
    END AS md5,
    coalesce(lower({{ is_latest }}), 'true') <> 'false'
        AND coalesce(lower({{ is_delete_marker }}), 'false') <> 'true' AS is_there,
    CASE
        WHEN {{ bucket }} IS DISTINCT FROM $container THEN 'bucket'
        WHEN coalesce(lower({{ is_latest }}), 'true') NOT IN ('true', 'false')
            OR coalesce(lower({{ is_delete_marker }}), 'false') NOT IN ('true', 'false')
        THEN 'version'
    END AS fault
FROM {{ files }}
