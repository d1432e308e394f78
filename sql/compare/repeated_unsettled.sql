-- The match keys that the join by values was not given.
-- Pieces: keys.
-- Columns: the key columns, each key once.
CREATE OR REPLACE TEMP TABLE unsettled AS SELECT {{ keys | join(', ') }} FROM repeated
