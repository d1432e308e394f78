"""Datasets of the running Airflow that are backed up; each story has one of its own."""

from __future__ import annotations

from pathlib import Path

from tests.dags.vaulted import Vaulted

KEPT = "crates"
ASKED = "barrels"
_HARDLY_EVER = "0 9 29 2 *"
"""No run begins by itself while the tests run."""


def write_vaulted(folder: Path, datasets: Path) -> None:
    """Their files, and the days that their sources hold."""
    for name in (KEPT, ASKED):
        Vaulted.written(folder / name, datasets, name=name, schedule=_HARDLY_EVER)
