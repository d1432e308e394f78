"""Datasets of local files without expectations, so that the scheduler runs them quickly."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_FILE = """\
dataset: {name}
description: Orders, one row each
owner: sales
schedule: "0 5 * * *"
timezone: America/New_York
grain: day
start: 2013-01-01
end: 2013-02-01
source: {{location: "{folder}/orders/source", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{folder}/orders/target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
{more}
"""

NEWEST = "2013-01-31"
"""The window of which the scheduler begins a run when a DAG is switched on."""

_DAYS = [date(2013, 1, day) for day in range(1, 32)]
_DATASETS = {
    "orders": "",
    "monthly": "",
    "backwards": "",
    "cleared": "",
    "killed": "",
    "slotted": "slots: 3",
    "pooled": "pool: narrow",
}
"""What each says besides; each story has a dataset of its own, over the same files."""


def write_orders(folder: Path, datasets: Path) -> None:
    """The datasets' files, and both sides of every day: the same rows each day.

    The target lacks, invents, changes and repeats some of the source's.
    """
    for name, more in _DATASETS.items():
        (datasets / f"{name}.yaml").write_text(_FILE.format(name=name, folder=folder, more=more))
    source = [(key, key * 10) for key in range(100)]
    target = [*source[5:-2], (98, 1), (99, 2), (200, 0), (201, 0), source[50], source[51]]
    for side, rows in (("source", source), ("target", target)):
        table = pa.table({"id": [row[0] for row in rows], "amount": [row[1] for row in rows]})
        for day in _DAYS:
            file = folder / "orders" / side / f"day={day}" / "part-0.parquet"
            file.parent.mkdir(parents=True)
            pq.write_table(table, file)
