"""Thousands of small files: what each costs beside being read is counted."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.engines import parquet
from reconcile.model.location import Location
from reconcile.stores.opening import find_objects
from reconcile.stores.spool import Spool

FILES = 1_000


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the disk was asked about a path."""
    calls: Counter[str] = Counter()
    for name in ("stat", "lstat", "readlink"):
        asked = getattr(os, name)

        def ask(*args: Any, _asked: Any = asked, _name: str = name, **options: Any) -> Any:
            calls[_name] += 1
            return _asked(*args, **options)

        monkeypatch.setattr(os, name, ask)
    return calls


def test_the_disk_is_asked_a_few_times_about_each_file(tmp_path: Path, counted: Counter[str]):
    folder = tmp_path / "rows" / "day=1" / "hour=1"
    folder.mkdir(parents=True)
    for number in range(FILES):
        (folder / f"part-{number}.parquet").write_bytes(b"PAR1")
    counted.clear()
    listing = find_objects(Location.parse(str(tmp_path / "rows")))
    with Spool(tmp_path) as spool:
        assert len(spool.fetch(listing)) == FILES
        spool.verify_unchanged(listing)
    # Listed, used where it lies, and asked again once it was read.
    assert counted.total() < 6 * FILES, counted


def test_what_one_schema_says_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    looked_at = Counter[str]()
    monkeypatch.setattr(parquet, "_is_odd", lambda arrow: bool(looked_at.update([str(arrow)])))
    table = pa.table({f"only here {number}": [1.5] for number in range(20)})
    paths = [tmp_path / f"{number}.parquet" for number in range(50)]
    for path in paths:
        pq.write_table(table, path)
    opened = [parquet.open_file(path, path.name, {}, tmp_path / "work") for path in paths]
    assert looked_at.total() == len(table.column_names)
    assert len({id(file.schema.columns) for file in opened}) == 1
