"""The gate: figures and rows are held against the dataset's expectations by Great Expectations."""
