"""A dataset whose partitions are waited for: both sides have their days, none has a marker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OLD = "2013-01-05"

_FILE = """\
dataset: awaited
schedule: "0 0 * * *"
timezone: UTC
grain: day
start: 2013-01-01
ready: {{marker: _SUCCESS, timeout: 72h}}
source: {{location: "{folder}/awaited/source", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{folder}/awaited/target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
"""


def yesterday(now: datetime | None = None) -> str:
    """The newest window that was due."""
    return ((now or datetime.now(UTC)) - timedelta(days=1)).date().isoformat()


def write_awaited(folder: Path, datasets: Path) -> None:
    """The dataset's file, an old day, yesterday, and today, which is yesterday past midnight."""
    (datasets / "awaited.yaml").write_text(_FILE.format(folder=folder))
    now = datetime.now(UTC)
    for day in (OLD, yesterday(now), yesterday(now + timedelta(days=1))):
        for side in ("source", "target"):
            partition = partition_of(folder, side, day)
            partition.mkdir(parents=True)
            pq.write_table(pa.table({"id": [1, 2]}), partition / "part-0.parquet")


def partition_of(folder: Path, side: str, day: str) -> Path:
    """Where a side has a day."""
    return folder / "awaited" / side / f"day={day}"
