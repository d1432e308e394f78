-- Both listings joined by name, byte for byte, and what is known of each object.
-- The tables `source_objects` and `target_objects` are made by `listed`. A view, since holding what
-- comes of it would take as much memory as both.
-- One checksum that disagrees outweighs any that agrees; an empty object has only one content.
-- Columns: name, outcome, evidence (what says so), bytes (of the source's object; of the target's
-- where the source has none), the size and tag on each side.
CREATE OR REPLACE VIEW joined AS
SELECT
    coalesce(s.name, t.name) AS name,
    CASE
        WHEN s.name IS NULL THEN 'missing_in_source'
        WHEN t.name IS NULL THEN 'missing_in_target'
        WHEN s.size <> t.size OR s.crc64nvme <> t.crc64nvme OR s.md5 <> t.md5 THEN 'different'
        WHEN s.crc64nvme = t.crc64nvme OR s.md5 = t.md5 OR s.size = 0 THEN 'equal'
        ELSE 'unproven'
    END AS outcome,
    CASE
        WHEN s.name IS NULL OR t.name IS NULL THEN NULL
        WHEN s.size <> t.size THEN 'size'
        WHEN s.crc64nvme <> t.crc64nvme THEN 'crc64nvme'
        WHEN s.md5 <> t.md5 THEN 'md5'
        WHEN s.crc64nvme = t.crc64nvme THEN 'crc64nvme'
        WHEN s.md5 = t.md5 THEN 'md5'
        WHEN s.size = 0 THEN 'empty'
    END AS evidence,
    coalesce(s.size, t.size) AS bytes,
    s.size AS source_size, t.size AS target_size,
    s.etag AS source_etag, t.etag AS target_etag
FROM source_objects AS s FULL JOIN target_objects AS t ON s.name = t.name
