-- Every object that is not proven equal, in the order of their names' UTF-8 bytes.
-- Columns: name, outcome, evidence, source_size, target_size, source_etag, target_etag.
SELECT name, outcome, evidence, source_size, target_size, source_etag, target_etag
FROM joined
WHERE outcome <> 'equal'
ORDER BY name
