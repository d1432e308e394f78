"""Datasets of the running Airflow that are reconciled on arrival, and tell how their runs end."""

from __future__ import annotations

from pathlib import Path

from tests.notices import dataset_text, write_sides

NAME, TOLERANT = "arrivals", "tolerated"


def write_arrivals(folder: Path, datasets: Path) -> None:
    """Writes both over the same sides, below a folder; their last day is `LATE`."""
    sides = folder / NAME
    write_sides(sides)
    end = "end: 2013-01-09"
    arrivals = dataset_text(NAME, sides, end, "on_arrival: true")
    (datasets / f"{NAME}.yaml").write_text(arrivals)
    tolerant = dataset_text(TOLERANT, sides, end, "on_breach: warn")
    (datasets / f"{TOLERANT}.yaml").write_text(tolerant)
