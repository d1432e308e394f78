-- The files that hold a wanted row of a side.
-- Pieces: side.
-- Columns: file_number.
SELECT DISTINCT file_number FROM located_{{ side }} ORDER BY file_number
