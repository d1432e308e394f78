from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.quality.catalogue import Judges
from reconcile.quality.slices import slices


def pieces(values, judges, rows):
    table = pa.table({"v": values, "row": range(len(values))})
    return [piece.to_pylist() for piece in slices(table, judges=judges, columns=["v"], rows=rows)]


def repeated(rows) -> set[int]:
    counts = Counter(str(row["v"]) for row in rows)
    return {row["row"] for row in rows if counts[str(row["v"])] > 1}


@given(
    values=st.lists(st.sampled_from([0.0, 1.0, 2.0, float("nan"), None]), max_size=30),
    rows=st.integers(2, 6),
)
def test_each_piece_finds_the_repeats_that_the_whole_finds(values, rows):
    cut = pieces(pa.array(values, pa.float64()), Judges.EQUAL_ROWS, rows)
    whole = [{"v": v, "row": n} for n, v in enumerate(values)]
    assert set().union(*map(repeated, cut), set()) == repeated(whole)
    assert sorted(row["row"] for piece in cut for row in piece) == list(range(len(values)))
    assert all(0 < len(piece) <= rows + 1 for piece in cut)


def test_rows_judged_alone_keep_their_order():
    cut = pieces([3, 1, 2, 1, 3], Judges.ROW, 2)
    assert [[row["row"] for row in piece] for piece in cut] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("values", "judges"),
    [([3, 1, 2], Judges.ALL_ROWS), ([[1], [1], [2]], Judges.EQUAL_ROWS)],
    ids=["judged against all rows", "values without an order"],
)
def test_what_cannot_be_cut_stays_whole(values, judges):
    assert [len(piece) for piece in pieces(values, judges, 2)] == [3]
