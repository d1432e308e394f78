"""Datasets of the running Airflow that are synchronised; each story has one of its own."""

from __future__ import annotations

from pathlib import Path

from tests.dags.shipments import DAYS, Shipments

FOLLOWED = "shipments"
BACKFILLED = "manifests"
FORWARDS, BACKWARDS = "parcels", "returned"
ASKED = "consignments"
SHORT_DAY = "2013-03-10"
"""Of 23 hours, in the datasets' zone."""

_BY_HAND = "sync: {from: source, to: target}"
_SCHEDULED = 'sync: {from: source, to: target, schedule: "0 3 * * *", slots: 2, look_back: 2}'


def sides_of(folder: Path, datasets: Path, name: str) -> Shipments:
    """Both sides of one of them, below the folder of the running Airflow."""
    return Shipments(folder / name, datasets)


def write_syncs(folder: Path, datasets: Path) -> None:
    """Their files, and the days that their sources hold.

    The scheduler begins with the last of `DAYS` of the one that is followed, which is its last.
    """
    Shipments.written(
        *(folder / FOLLOWED, datasets, "on_arrival: true", _SCHEDULED),
        name=FOLLOWED,
        end=f"{DAYS[-1][:-1]}6",
    )
    for name in (BACKFILLED, FORWARDS, BACKWARDS, ASKED):
        sides = Shipments.written(folder / name, datasets, _BY_HAND, name=name)
        for day in ("2013-03-09", SHORT_DAY):
            sides.write(day)
