"""Tables of unusual shape: what they cost must grow with their rows and columns, not faster."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import reconcile


@pytest.mark.timeout(60)  # in proportion it takes a second, by the square it would take minutes
def test_many_rows_under_one_key_are_work_in_proportion():
    n = 200_000
    source = pa.table({"id": pa.array([1] * n), "v": pa.array(range(n))})
    target = pa.table({"id": pa.array([1] * n), "v": pa.array(range(n, 0, -1))})
    counts = reconcile.compare(source, target, ["id"]).counts
    assert (counts.matched, counts.value_mismatch, counts.repeated_keys) == (n - 1, 1, 1)


def test_rows_of_many_columns_are_shown_whole():
    names = [f"column {i}" for i in range(1_200)]
    row = {"id": [1], **{name: [i] for i, name in enumerate(names)}}
    answer = reconcile.compare(pa.table(row), pa.table({**row, names[-1]: [-1]}), ["id"])
    (found,) = answer.discrepancies().to_pylist()
    assert found["mismatched_columns"] == [names[-1]]
    assert found["target_row"].startswith('{"id":"1","column 0":"0",')
    assert found["target_row"].endswith(',"column 1199":"-1"}')


def nested(depth: int, leaf: object) -> dict[str, object]:
    value: dict[str, object] = {"leaf": leaf, "list": [leaf]}
    for level in range(depth - 1):
        value = {"id": level, "inner": value, "other": {"leaf": leaf}}
    return value


def changed(value: dict[str, object] | None, levels: int, to: object) -> object:
    """A value with another one so many levels down."""
    if levels == 0 or value is None:
        return to
    return value | {"inner": changed(value["inner"], levels - 1, to)}  # type: ignore[arg-type]


@pytest.mark.parametrize("levels", [1, 3, 4, 5, 7, 8, 9])
def test_a_struct_of_nulls_is_no_null_however_deep_it_lies(levels):
    whole = nested(11, 1.5)
    innermost = nested(11 - levels, 1.5)
    empty = dict.fromkeys(innermost)
    arrow = pa.infer_type([whole])
    values = [whole, changed(whole, levels, None), changed(whole, levels, empty), None]
    source = pa.table({"id": range(4), "v": pa.array(values, arrow)})
    target = pa.table({"id": range(4), "v": pa.array([values[0], *values[2:0:-1], None], arrow)})
    answer = reconcile.compare(source, target, ["id"])
    assert (answer.counts.matched, answer.counts.value_mismatch) == (2, 2)
    found = answer.discrepancies().sort_by("match_key").to_pylist()
    assert [json.loads(row["source_row"])["v"] for row in found] == [
        json.loads(row["target_row"])["v"] for row in reversed(found)
    ]
    assert json.loads(found[0]["source_row"])["v"] != json.loads(found[1]["source_row"])["v"]


@pytest.mark.parametrize("strategy", ["join", "sketch"])
@pytest.mark.parametrize("changed", [0, 3, 7])
def test_one_value_in_any_of_many_folders_is_found(tmp_path, strategy, changed):
    """A key of folders alone makes the engine leave files unread; what is left keeps its place."""
    for side in ("source", "target"):
        for day in range(8):
            path = tmp_path / side / f"day={day}" / "part.parquet"
            path.parent.mkdir(parents=True)
            other = side == "target" and day == changed
            pq.write_table(pa.table({"v": [float(day) + other]}), path)
    target = tmp_path / "target" / "day=8" / "part.parquet"
    target.parent.mkdir()
    pq.write_table(pa.table({"v": [8.0]}), target)
    sides = str(tmp_path / "source"), str(tmp_path / "target")
    answer = reconcile.compare(*sides, ["day"], strategy=strategy)
    counts = answer.counts
    assert (counts.matched, counts.value_mismatch, counts.missing_in_source) == (7, 1, 1)
    assert answer.value_mismatches()["day"].tolist() == [changed]
    assert json.loads(answer.discrepancies().to_pylist()[0]["target_row"] or "{}")["day"] == "8"
