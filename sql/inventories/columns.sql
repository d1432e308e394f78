-- The columns that an inventory's Parquet files have.
-- Parameters: paths.
DESCRIBE SELECT * FROM read_parquet($paths)
