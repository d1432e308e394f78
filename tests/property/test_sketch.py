"""The sketch as the engine carries it out: when it falls to the join, what its cells rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import reconcile
from reconcile.engines import sketching
from reconcile.engines.duckdb_engine import DuckDBEngine
from reconcile.engines.functions import register
from reconcile.engines.sketching import sketched
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.rules import CompareRules
from reconcile.statements import render
from tests.property.engine_alone import Part, files_of, planned


def table(rows: range, value: int) -> pa.Table:
    return pa.table({"id": list(rows), "v": [value] * len(rows)})


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        register(connection)
        yield connection


@pytest.mark.parametrize(
    ("rows", "strategy", "scans"),
    [
        pytest.param(4_000, "sketch", 2, id="what the first table holds"),
        pytest.param(12_000, "sketch", 4, id="what a larger one holds"),
        pytest.param(90_000, "join", 2, id="what none would hold"),
    ],
)
def test_where_everything_differs_it_scans_no_more_than_may_help(
    rows: int, strategy: str, scans: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    monkeypatch.setattr(
        sketching,
        "render",
        lambda name, **pieces: statements.append(name) or render(name, **pieces),
    )
    answer = reconcile.compare(
        table(range(rows), 1), table(range(rows), 2), ["id"], strategy="sketch"
    )
    assert answer.result.strategy == strategy
    assert (answer.counts.value_mismatch, answer.counts.matched) == (rows, 0)
    assert answer.counts.repeated_keys == (0 if strategy == "join" else None)
    assert statements.count("compare/sketch") == scans


def test_what_the_detailed_rows_contradict_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if two different rows had one hash: the join has the last word."""
    told = sketching.peeled

    def mistaken(*given: object) -> object:
        found = told(*given)  # type: ignore[arg-type]
        assert found is not None
        found.row_hashes[0] += 1
        return found

    monkeypatch.setattr(sketching, "peeled", mistaken)
    answer = reconcile.compare(
        table(range(100), 1), table(range(1, 101), 1), ["id"], strategy="sketch"
    )
    assert answer.result.strategy == "join"
    assert (answer.counts.missing_in_target, answer.counts.missing_in_source) == (1, 1)


def test_copies_of_a_row_do_not_cancel_each_other() -> None:
    """By XOR, two copies would look like none."""
    source = pa.table({"id": [1, 1, 2, 2, 2, 2, 3], "v": [5, 5, 6, 6, 6, 6, 7]})
    answer = reconcile.compare(source, table(range(3, 4), 7), ["id"], strategy="sketch")
    assert answer.result.strategy == "sketch"
    assert answer.counts.missing_in_target == 6
    assert answer.discrepancies(Kind.MISSING_IN_TARGET).num_rows == 6


def test_null_keys_are_counted_in_equal_rows_and_in_others() -> None:
    source = pa.table({"id": [None, None, 1], "v": [1, 2, 3]})
    target = pa.table({"id": [None, None, 1, None], "v": [1, 2, 3, 4]})
    counts = reconcile.compare(source, target, ["id"], strategy="sketch").counts
    assert (counts.null_key_rows_source, counts.null_key_rows_target) == (2, 3)
    assert (counts.matched, counts.duplicate_key_target) == (3, 1)


@pytest.mark.parametrize("bits", [8, 13, 20])
def test_no_third_of_the_cells_tells_anything_of_another(
    connection: duckdb.DuckDBPyConnection, bits: int
) -> None:
    """Rows that share a cell in one third are spread over the others as any rows are."""
    third, rows = 2**bits, 20_000
    connection.execute(
        "CREATE TEMP TABLE told AS SELECT range AS position, "
        "reconcile_signed(hash(range)) AS key_hash, reconcile_signed(hash(range % 3)) AS row_hash "
        f"FROM range({rows})"
    )
    found = connection.execute(render("compare/sketch_guard", third=third)).fetchnumpy()
    thirds = [
        found[name] - nth * third for nth, name in enumerate(("in_first", "in_second", "in_third"))
    ]
    for cells in thirds:
        assert 0 <= cells.min() <= cells.max() < third
    for one, other in ((0, 1), (0, 2), (1, 2)):
        pairs = len(np.unique(thirds[one] * third + thirds[other]))
        expected = third**2 * -np.expm1(-rows / third**2)
        assert abs(pairs - expected) < 5 * np.sqrt(rows)


@pytest.mark.parametrize("claimed", [10, 20_000_000, 400_000_000])
def test_a_table_of_any_size_tells_the_same(claimed: int, tmp_path: Path) -> None:
    """The engine addresses small tables directly and hashes the cells of large ones."""
    files = {
        Side.SOURCE: files_of([Part(table(range(1000), 1))], tmp_path / "source"),
        Side.TARGET: files_of([Part(table(range(3, 1004), 1))], tmp_path / "target"),
    }
    plan = planned(files, CompareRules(("id",)))
    with DuckDBEngine(plan, files, workspace=tmp_path / "work", threads=1) as engine:
        prepared = replace(engine.prepared, rows=dict.fromkeys(files, claimed))
        found = sketched(prepared)
        differing = "SELECT n, count(*) FROM differing GROUP BY n ORDER BY n"
        assert prepared.connection.execute(differing).fetchall() == [(-1, 4), (1, 3)]
    assert found.decoded
    assert (found.rows(Side.SOURCE), found.rows(Side.TARGET)) == (1000, 1001)
