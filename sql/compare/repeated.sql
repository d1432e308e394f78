-- The match keys that more than one row of a side has.
-- Pieces: keys.
-- Columns: the key columns, each key once.
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT {{ keys | join(', ') }} FROM source_rows GROUP BY ALL HAVING count(*) > 1
UNION
SELECT {{ keys | join(', ') }} FROM target_rows GROUP BY ALL HAVING count(*) > 1
