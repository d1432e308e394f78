-- What becomes of every detailed row: rows of one key that are equal in every compared column
-- cancel one for one; one row left on each side is a pair; any other remainder cannot be paired.
-- Rows are counted by CASE: count(*) FILTER over a window takes the square of a key's rows.
-- Pieces: keys.
-- Columns: id (of the detailed row), key_id (of its key), side, outcome (`cancelled`, `pair`, or a
-- discrepancy kind), repeated (whether its key repeats on either side).
CREATE OR REPLACE TEMP TABLE outcomes AS
WITH numbered AS (
    SELECT
        rowid AS id,
        side,
        {{ keys | join(', ') }},
        row_number() OVER (PARTITION BY {{ keys | join(', ') }}, row_hash, side) AS copy,
        count(CASE WHEN side = 'source' THEN 1 END) OVER (PARTITION BY {{ keys | join(', ') }}, row_hash) AS source_copies,
        count(CASE WHEN side = 'target' THEN 1 END) OVER (PARTITION BY {{ keys | join(', ') }}, row_hash) AS target_copies
    FROM detail
),
counted AS (
    SELECT
        id,
        side,
        copy > least(source_copies, target_copies) AS remains,
        min(id) OVER same_key AS key_id,
        count(CASE WHEN side = 'source' THEN 1 END) OVER same_key AS source_rows,
        count(CASE WHEN side = 'target' THEN 1 END) OVER same_key AS target_rows,
        count(CASE WHEN side = 'source' AND copy > target_copies THEN 1 END) OVER same_key AS source_left,
        count(CASE WHEN side = 'target' AND copy > source_copies THEN 1 END) OVER same_key AS target_left
    FROM numbered
    WINDOW same_key AS (PARTITION BY {{ keys | join(', ') }})
)
SELECT
    id,
    key_id,
    side,
    CASE
        WHEN NOT remains THEN 'cancelled'
        WHEN target_rows = 0 THEN 'missing_in_target'
        WHEN source_rows = 0 THEN 'missing_in_source'
        WHEN source_left = 1 AND target_left = 1 THEN 'pair'
        ELSE 'duplicate_key'
    END AS outcome,
    source_rows > 1 OR target_rows > 1 AS repeated
FROM counted
