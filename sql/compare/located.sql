-- Where the wanted rows of a side lie.
-- Pieces: side; relation (SQL of the place of each).
-- Columns: file_number, row_number.
CREATE OR REPLACE TEMP TABLE located_{{ side }} AS {{ relation }}
