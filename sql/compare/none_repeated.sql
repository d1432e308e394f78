-- The table of repeated.sql, empty.
-- Pieces: keys.
-- Columns: the key columns.
CREATE OR REPLACE TEMP TABLE repeated AS SELECT {{ keys | join(', ') }} FROM source_rows LIMIT 0
