"""Tables of unusual shape: what they cost must grow with their rows and columns, not faster."""

from __future__ import annotations

import pyarrow as pa
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
