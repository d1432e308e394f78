"""Every way of comparing, asked beside the one at hand: all must say the same to the row."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reconcile.engines import duckdb_engine, joining
from reconcile.engines.duckdb_engine import DuckDBEngine, EngineResult

_FEW = 2


@contextmanager
def asked() -> Iterator[list[EngineResult]]:
    """Inside the block every comparison is also made for its figures only, and for a few rows of
    each kind; as it goes about it itself, and as though many rows seemed to differ."""
    compare, checked = DuckDBEngine.compare, []

    def compared(engine: DuckDBEngine, discrepancies: Path | None, **_: Any) -> EngineResult:
        with tempfile.TemporaryDirectory() as folder:
            whole = discrepancies or Path(folder, "whole.parquet")
            found = compare(engine, whole)
            _agree(engine, found, whole, Path(folder))
            with by_values():
                _agree(engine, found, whole, Path(folder))
        checked.append(found)
        return found

    def _agree(engine: DuckDBEngine, found: EngineResult, whole: Path, folder: Path) -> None:
        few = folder / "few.parquet"
        for answer in (compare(engine, None), compare(engine, few, per_kind=_FEW)):
            known = vars(answer.counts).keys() - {"repeated_keys"}
            assert {name: vars(answer.counts)[name] for name in known} == {
                name: vars(found.counts)[name] for name in known
            }
            if answer.strategy == found.strategy:
                assert answer.counts == found.counts
            assert answer.mismatched == found.mismatched
        assert _rows(few) == _first_of_each(_rows(whole))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckDBEngine, "compare", compared)
        yield checked


@contextmanager
def by_values() -> Iterator[None]:
    """Inside the block many rows seem to differ, however few there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb_engine, "_SMALL", -1)
        patch.setattr(duckdb_engine, "likely_many", lambda _: True)
        patch.setattr(joining, "_LOOKED_AT", 1)
        yield


def _rows(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return rows


def _first_of_each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    had: Counter[str] = Counter()
    first = []
    for row in rows:
        had[row["kind"]] += 1
        if had[row["kind"]] <= _FEW:
            first.append(row)
    return first
