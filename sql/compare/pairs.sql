-- The pairs, each with the columns whose values differ beyond what their rules tolerate.
-- Pieces: columns (a mapping: name as a text constant to SQL that is true where s and t differ).
-- Columns: source_id, target_id, mismatched_columns.
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT
    s.id AS source_id,
    t.id AS target_id,
    list_filter(
        CAST([{% for name, differs in columns.items() %}CASE WHEN {{ differs }} THEN {{ name }} END{{ ', ' if not loop.last }}{% endfor %}] AS VARCHAR[]),
        lambda name: name IS NOT NULL
    ) AS mismatched_columns
FROM (SELECT o.id, o.key_id, d.* FROM outcomes AS o JOIN detail AS d ON d.rowid = o.id WHERE o.outcome = 'pair' AND o.side = 'source') AS s
JOIN (SELECT o.id, o.key_id, d.* FROM outcomes AS o JOIN detail AS d ON d.rowid = o.id WHERE o.outcome = 'pair' AND o.side = 'target') AS t
    ON s.key_id = t.key_id
