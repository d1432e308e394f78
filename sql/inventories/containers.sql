-- The containers whose blobs an inventory lists; one more than one says that there are several.
-- Pieces: files (SQL that reads them); blob_name (SQL of a row's name). Parameters: those of the files.
SELECT DISTINCT split_part({{ blob_name }}, '/', 1) AS container FROM {{ files }} LIMIT 2
