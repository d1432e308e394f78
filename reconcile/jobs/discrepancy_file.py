"""The file that `--discrepancies` names: every discrepant row, for people."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.jobs.destination import write_whole

COLUMNS = ("kind", "side", "match_key", "mismatched_columns", "source_row", "target_row")
"""What people get; the engine's own file holds more."""


def write_discrepancies(found: Path, destination: Path) -> None:
    """Writes the discrepant rows of a comparison to a file of the user's, batch by batch.

    Args:
        found: The engine's file; its folder takes a copy for a while.
        destination: Where to; what lies there is replaced in one step.

    Raises:
        AccessDenied, BadInput, DiskFull: It cannot be written.
    """
    narrowed = found.with_name(f"{found.stem}-narrowed.parquet")
    try:
        with pq.ParquetFile(found) as rows:
            schema = pa.schema([rows.schema_arrow.field(name) for name in COLUMNS])
            with pq.ParquetWriter(narrowed, schema, compression="zstd") as writer:
                for batch in rows.iter_batches(columns=list(COLUMNS)):
                    writer.write_batch(batch)
        write_whole(destination, narrowed)
    finally:
        narrowed.unlink(missing_ok=True)
