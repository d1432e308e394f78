"""The benchmark's known answer is the right one, and the ways by hand give it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from benchmarks import full_join, shaped_data, wire_data
from benchmarks.altered_copy import Alterations, Change, write_altered
from reconcile.jobs.compare import compare

_ALTERATIONS = Alterations(
    changes=[
        Change("amount", "amount + 1", 1_000),
        Change("name", "CASE WHEN name IS NULL THEN 'none' END", 1_000),
    ],
    missing=2_000,
    added=3_000,
    new_key=("line", "line + 100"),
)
_KEY = ["id", "line"]
_ROWS = """
    SELECT
        i AS id,
        i % 7 AS line,
        CAST(i AS DECIMAL(9, 2)) AS amount,
        CASE WHEN i % 5 > 0 THEN 'n' || i END AS name
    FROM range(4000) AS rows (i)
"""


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path, dict[str, int]]:
    source, target = tmp_path / "source.parquet", tmp_path / "target.parquet"
    duckdb.sql(f"COPY ({_ROWS}) TO '{source}' (FORMAT parquet)")
    return source, target, write_altered(source, target, _KEY, _ALTERATIONS)


def test_a_copy_differs_as_its_known_answer_says(pair: tuple[Path, Path, dict[str, int]]) -> None:
    source, target, answer = pair
    found = compare(source, target, _KEY)
    assert answer == {
        "value_mismatch": found.counts.value_mismatch,
        "missing_in_target": found.counts.missing_in_target,
        "missing_in_source": found.counts.missing_in_source,
    }
    assert all(answer.values())
    assert found.columns["amount"].mismatched > 0
    assert found.columns["name"].mismatched > 0
    assert found.schema == ()


def test_the_full_join_by_hand_gives_the_known_answer(
    pair: tuple[Path, Path, dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    source, target, answer = pair
    full_join.main(str(source), str(target), ",".join(_KEY))
    assert json.loads(capsys.readouterr().out)["counts"] == answer


@pytest.mark.parametrize("shape", shaped_data.SHAPES)
def test_a_shape_differs_in_one_value_and_one_row(shape: str, tmp_path: Path) -> None:
    shaped_data.make(tmp_path / "shape", shape, 3)
    counts = compare(tmp_path / "shape/source", tmp_path / "shape/target", ["id"]).counts
    assert (counts.value_mismatch, counts.missing_in_target, counts.missing_in_source) == (1, 1, 0)


def test_partitions_have_the_same_rows_in_halves_and_others_once_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (
        "SELECT i AS l_orderkey, 1 AS l_linenumber, 'c' || i AS l_comment FROM range(3650) AS r (i)"
    )
    lineitem = tmp_path / "lineitem.parquet"
    duckdb.sql(f"COPY ({rows}) TO '{lineitem}' (FORMAT parquet)")
    monkeypatch.setattr(wire_data, "generated", lambda cache, scale: lineitem)
    wire_data.make(tmp_path / "wire", "0")
    whole, day = tmp_path / "wire/whole", wire_data.partition(1)
    key = ["l_orderkey", "l_linenumber"]
    assert len(list(whole.iterdir())) == wire_data.PARTITIONS
    assert compare(whole, tmp_path / "wire/halves", [*key, "day"]).counts.matched == 3650
    changed = compare(whole / day, tmp_path / "wire/changed/whole" / day, key).counts
    assert (changed.value_mismatch, changed.missing_in_target, changed.missing_in_source) == (
        1,
        1,
        1,
    )
