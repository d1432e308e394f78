"""A dataset of local files: one day with discrepancies, one without."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BREACHED = "2013-01-05"
CLEAN = "2013-01-06"
DISCREPANCIES = {"value_mismatch": 1, "missing_in_target": 3, "missing_in_source": 2}

_FILE = """\
dataset: bookings
description: Bookings, one row each
owner: sales
schedule: "0 5 * * *"
timezone: America/New_York
grain: day
start: 2013-01-01
end: 2014-01-01
source: {{location: "{folder}/source", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{folder}/target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
expectations:
  result:
    - expect_column_values_to_be_between: {{column: source_rows, min_value: 1}}
      severity: critical
"""


@dataclass(frozen=True)
class Bookings:
    """Where it lies."""

    datasets: Path

    @classmethod
    def written(cls, folder: Path) -> Bookings:
        """Writes the dataset's file and both sides of both days."""
        rows = {key: key * 10 for key in range(100)}
        changed = {key: value for key, value in rows.items() if key >= 3}
        changed |= {99: 7, 200: 1, 201: 2}
        for day, target in ((BREACHED, changed), (CLEAN, rows)):
            _write(folder / "source" / f"day={day}", rows)
            _write(folder / "target" / f"day={day}", target)
        datasets = folder / "datasets"
        datasets.mkdir()
        (datasets / "bookings.yaml").write_text(_FILE.format(folder=folder))
        return cls(datasets)


def _write(folder: Path, rows: dict[int, int]) -> None:
    folder.mkdir(parents=True)
    table = pa.table({"id": list(rows), "amount": list(rows.values())})
    pq.write_table(table, folder / "part-0.parquet")
