"""A dataset of local files that is synchronised: the source has some days, the target nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DAYS = ("2013-01-03", "2013-01-04", "2013-01-05")
EARLIER, NEWEST = DAYS[:2], DAYS[-1]
OBJECTS = ("_SUCCESS", "part-0.parquet", "part-1.parquet")

_FILE = """\
dataset: {name}
description: Shipments, one row each
owner: logistics
schedule: "0 5 * * *"
timezone: America/New_York
grain: day
start: 2013-01-01
end: {end}
source: {{location: "{folder}/source", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{folder}/target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
{more}
"""


@dataclass(frozen=True)
class Shipments:
    """Where it lies.

    Attributes:
        folder: Of both sides.
        datasets: Of the dataset's file.
    """

    folder: Path
    datasets: Path

    @classmethod
    def written(
        cls,
        folder: Path,
        datasets: Path,
        *more: str,
        name: str = "shipments",
        end: str = "2014-01-01",
    ) -> Shipments:
        """Writes the dataset's file and the source's days.

        Args:
            folder: Of both sides.
            datasets: Of dataset files.
            more: Lines of the file besides, such as its `sync` block.
            name: The dataset's name.
            end: The first day without a window.
        """
        made = cls(folder, datasets)
        for day in DAYS:
            made.write(day)
        (folder / "target").mkdir(parents=True)
        datasets.mkdir(parents=True, exist_ok=True)
        text = _FILE.format(name=name, end=end, folder=folder, more="\n".join(more))
        (datasets / f"{name}.yaml").write_text(text)
        return made

    def write(self, day: str, *, rows: int = 50) -> None:
        """Writes a day of the source, or writes it anew."""
        partition = self.folder / "source" / f"day={day}"
        partition.mkdir(parents=True, exist_ok=True)
        for number in range(2):
            ids = list(range(number * rows, (number + 1) * rows))
            pq.write_table(pa.table({"id": ids}), partition / f"part-{number}.parquet")
        (partition / "_SUCCESS").touch()

    def held(self, side: str, day: str) -> dict[str, bytes]:
        """What a side has of a day, by name."""
        partition = self.folder / side / f"day={day}"
        return {file.name: file.read_bytes() for file in sorted(partition.glob("*"))}
