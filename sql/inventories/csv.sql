-- The rows of an inventory's CSV files, every value as text; an empty one is NULL.
-- Pieces: header (whether the first line of each names the columns).
-- Parameters: paths, columns (name to type, in order), compression.
read_csv(
    $paths, columns = $columns, compression = $compression, header = {{ header }},
    auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = ''
)
