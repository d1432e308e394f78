-- What `listed` makes of an inventory without files: no objects.
-- Pieces: table.
-- Columns: as of listed.
CREATE OR REPLACE TABLE {{ table }} (
    name VARCHAR, size BIGINT, etag VARCHAR, version VARCHAR, modified TIMESTAMP,
    crc64nvme UBIGINT, md5 VARCHAR, fault VARCHAR
)
