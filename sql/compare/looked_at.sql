-- The match keys of the source's first rows, in the order of discrepancies.sql.
-- Pieces: keys; match_key (SQL of the match key as JSON, over the key columns of `d`); rows.
-- Columns: the key columns.
CREATE OR REPLACE TEMP TABLE looked_at AS
SELECT {{ keys | join(', ') }} FROM source_rows AS d ORDER BY {{ match_key }} LIMIT {{ rows }}
