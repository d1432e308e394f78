-- One side's sketch (`comparison/sketch.py`): three cells a row, one in each third of the table, by
-- bits of one hash that no other third sees. A hash of two arguments for each third would not do:
-- the engine combines arguments by XOR, so that hash(x, 1) and hash(x, 2) part the rows alike.
-- Hashes lose a bit, so that they are signed: the engine sums 64 signed bits at half the cost of
-- unsigned ones, into 128 bits, which here become high and low.
-- Where there are several groups of files the same rows are summed once more, by group.
-- Pieces: side; key_hash and row_hash (SQL); third (cells of a third, a power of two); cell_type
-- (the least unsigned type for a cell of a third: the engine addresses small ones directly);
-- group_type (the same for a group of files; empty where there is one group); null_key (SQL that
-- is true where the match key holds a NULL).
-- Columns: cell (-1 for a group), file_group (-1 for a cell), n, null_keys, and high and low of
-- the sums of key hash, row hash and guard.
WITH hashed AS (
    SELECT
        {{ 'CAST(file_group AS ' ~ group_type ~ ') AS file_group,' if group_type }}
        {{ null_key }} AS null_key,
        reconcile_signed({{ key_hash }}) AS key_hash,
        reconcile_signed({{ row_hash }}) AS row_hash
    FROM {{ side }}_rows
),
guarded AS (
    SELECT *, reconcile_guard(key_hash, row_hash) AS guard FROM hashed
),
placed AS (
    SELECT
        {{ 'file_group,' if group_type }}
        null_key,
        key_hash,
        row_hash,
        guard,
        CAST(reconcile_place(guard, 0, {{ third }}) AS {{ cell_type }}) AS in_first,
        CAST(reconcile_place(guard, 1, {{ third }}) AS {{ cell_type }}) AS in_second,
        CAST(reconcile_place(guard, 2, {{ third }}) AS {{ cell_type }}) AS in_third
    FROM guarded
),
cells AS (
    SELECT
        coalesce(
            CAST(in_first AS BIGINT), in_second + CAST({{ third }} AS BIGINT), in_third + CAST({{ 2 * third }} AS BIGINT), -1
        ) AS cell,
        {{ 'coalesce(CAST(file_group AS BIGINT), -1)' if group_type else 'CAST(-1 AS BIGINT)' }} AS in_group,
        count(*) AS n,
        {{ 'count(*) FILTER (null_key)' if null_key != 'false' else '0' }} AS null_keys,
        sum(key_hash) AS key_hashes,
        sum(row_hash) AS row_hashes,
        sum(guard) AS guards
    FROM placed
    GROUP BY GROUPING SETS ((in_first), (in_second), (in_third){{ ', (file_group)' if group_type }})
)
SELECT
    cell,
    in_group AS file_group,
    n,
    null_keys,
    CAST(key_hashes // 4294967296 AS BIGINT) AS key_high,
    CAST(key_hashes % 4294967296 AS BIGINT) AS key_low,
    CAST(row_hashes // 4294967296 AS BIGINT) AS row_high,
    CAST(row_hashes % 4294967296 AS BIGINT) AS row_low,
    CAST(guards // 4294967296 AS BIGINT) AS guard_high,
    CAST(guards % 4294967296 AS BIGINT) AS guard_low
FROM cells
