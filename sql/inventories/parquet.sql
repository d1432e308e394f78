-- The rows of an inventory's Parquet files.
-- Parameters: paths.
read_parquet($paths)
