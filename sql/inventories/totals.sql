-- The outcomes of `joined`, counted.
-- Columns: outcome, evidence, objects, bytes, source_bytes, target_bytes.
SELECT
    outcome, evidence, count(*) AS objects, sum(bytes) AS bytes,
    coalesce(sum(source_size), 0) AS source_bytes, coalesce(sum(target_size), 0) AS target_bytes
FROM joined
GROUP BY outcome, evidence ORDER BY outcome, evidence
