"""The sketch carried out: each side scanned once, and what the two tables tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from reconcile.comparison.sketch import (
    Integers,
    larger_third,
    peeled,
    rows_in,
    side_table,
    third_for,
)
from reconcile.model.discrepancy import Side
from reconcile.statements import render

_SUMS = ("n", "key_high", "key_low", "row_high", "row_low", "guard_high", "guard_low")
_CELL_TYPES = {2**8: "UTINYINT", 2**16: "USMALLINT", 2**32: "UINTEGER"}
_ADDRESSED_BITS = 17
"""Up to this many bits the engine addresses groups directly, which is faster than by their hash;
its own choice is 12."""


@dataclass(frozen=True)
class Sketched:
    """What the sketch told.

    Attributes:
        rows: Rows of each side that were scanned.
        differing: Hashes of the rows that differ, as the engine's table `differing`: `key_hash`,
            `row_hash` and `n`, the copies that the source has more.
    """

    rows: Mapping[Side, int]
    differing: int


def sketch(
    connection: duckdb.DuckDBPyConnection,
    *,
    key_hash: str,
    row_hash: str,
    rows: Mapping[Side, int],
) -> Sketched | None:
    """Tells the differing rows of the views `source_rows` and `target_rows` by their hashes.

    Args:
        connection: Where the views are, and where the table `differing` is made.
        key_hash: SQL of the hash of a row's match key.
        row_hash: SQL of the hash of its other compared columns.
        rows: Each side's rows, which the first table's size follows.

    Returns:
        None where neither the first table nor a larger one decodes.
    """
    third: int | None = third_for(sum(rows.values()))
    for _ in range(2):
        if third is None:
            break
        sides = {
            side: _table(connection, side, key_hash, row_hash, third)
            for side in (Side.SOURCE, Side.TARGET)
        }
        table = sides[Side.SOURCE] - sides[Side.TARGET]
        found = peeled(table, _Guard(connection, third))
        if found is not None:
            _keep(
                connection,
                "differing",
                {"key_hash": found.key_hashes, "row_hash": found.row_hashes, "n": found.counts},
            )
            return Sketched(
                {side: rows_in(of_side) for side, of_side in sides.items()}, len(found.counts)
            )
        third = larger_third(table)
    return None


def _table(
    connection: duckdb.DuckDBPyConnection, side: Side, key_hash: str, row_hash: str, third: int
) -> Integers:
    cell_type = next(name for most, name in _CELL_TYPES.items() if third <= most)
    statement = render(
        "compare/sketch",
        side=side.value,
        key_hash=key_hash,
        row_hash=row_hash,
        third=third,
        cell_type=cell_type,
    )
    connection.execute(f"SET perfect_ht_threshold = {_ADDRESSED_BITS}")
    try:
        found = connection.execute(statement).fetchnumpy()
    finally:
        connection.execute("RESET perfect_ht_threshold")
    return side_table(third, found["cell"], np.stack([found[name] for name in _SUMS], axis=1))


@dataclass(frozen=True)
class _Guard:
    """Guards and cells, computed by the engine that filled the tables."""

    connection: duckdb.DuckDBPyConnection
    third: int

    def __call__(self, key_hashes: Integers, row_hashes: Integers) -> tuple[Integers, Integers]:
        positions = np.arange(len(key_hashes))
        told = {"position": positions, "key_hash": key_hashes, "row_hash": row_hashes}
        _keep(self.connection, "told", told)
        statement = render("compare/sketch_guard", third=self.third)
        found = self.connection.execute(statement).fetchnumpy()
        cells = [found[name] for name in ("in_first", "in_second", "in_third")]
        return found["guard"], np.stack(cells, axis=1)


def _keep(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Integers]
) -> None:
    """Makes a table of the engine's own of some numbers."""
    connection.register("given", pa.table({of: _array(one) for of, one in columns.items()}))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given")
    connection.unregister("given")


def _array(numbers: Integers) -> pa.Array:
    """The numbers as they lie; `pa.array` would import pandas first, a quarter of a second."""
    buffer = pa.py_buffer(np.ascontiguousarray(numbers))
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, buffer])
