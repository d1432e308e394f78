"""Slices of rows in which an expectation finds the same failing rows as in the whole.

Listing failing keys costs Great Expectations memory and time in proportion to the rows it is
given, so it is given few at a time, and no more once enough keys are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pyarrow as pa

from reconcile.quality.catalogue import Judges

SLICE_ROWS = 50_000


def slices(
    table: pa.Table, *, judges: Judges, columns: Sequence[str], rows: int = SLICE_ROWS
) -> Iterator[pa.Table]:
    """The table in pieces of about `rows` rows (at least 2), cut where no judgement changes.

    Rows judged alone may be cut anywhere, in the order given. Rows judged against equal rows
    are sorted first and no row is parted from all its equals. Rows judged against all rows are
    not cut.
    """
    if judges is Judges.EQUAL_ROWS:
        try:
            table = table.sort_by([(name, "ascending") for name in columns])
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError):
            judges = Judges.ALL_ROWS  # lists and structs have no order to sort by
    if judges is Judges.ALL_ROWS:
        yield table
        return
    start = 0
    while start < table.num_rows:
        end = min(start + rows, table.num_rows)
        if judges is Judges.EQUAL_ROWS and end < table.num_rows:
            end = _cut_beside(table.select(columns), end)
        yield table.slice(start, end - start)
        start = end


def _cut_beside(table: pa.Table, cut: int) -> int:
    """The nearest cut that leaves no row alone on a side when its equals are on the other.

    Two equal rows on each side are enough: each piece then still shows that they repeat.
    """
    if not _same(table, cut - 1, cut):
        return cut
    if not _same(table, cut - 2, cut - 1):
        return cut - 1
    return cut if _same(table, cut, cut + 1) else cut + 1


def _same(table: pa.Table, first: int, second: int) -> bool:
    if first < 0 or second >= table.num_rows:
        return False
    pairs = ((column[first].as_py(), column[second].as_py()) for column in table.columns)
    return all(a == b or (_is_nan(a) and _is_nan(b)) for a, b in pairs)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
