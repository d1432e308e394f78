-- The match keys whose rows the join could not settle, and those it was not given.
-- Pieces: keys.
-- Columns: the key columns, each key once.
CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT {{ keys | join(', ') }} FROM joined WHERE differs
UNION
SELECT {{ keys | join(', ') }} FROM repeated
