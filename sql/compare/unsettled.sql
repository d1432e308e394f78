-- The match keys whose rows the join could not settle, and those it was not given.
-- Pieces: keys.
-- Columns: the key columns, each key once.
CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT {{ keys | join(', ') }} FROM joined WHERE found IN (0, 1, 2)
UNION
SELECT {{ keys | join(', ') }} FROM repeated
