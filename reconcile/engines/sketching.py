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
    side_table,
    third_for,
    third_holding,
)
from reconcile.engines.prepared import BOTH, Prepared
from reconcile.engines.settling import Tally, settle
from reconcile.model.discrepancy import Side
from reconcile.model.fingerprint import Fingerprint
from reconcile.statements import render

_SUMS = ("n", "key_high", "key_low", "row_high", "row_low", "guard_high", "guard_low")
_TYPES = {2**8: "UTINYINT", 2**16: "USMALLINT", 2**32: "UINTEGER", 2**64: "UBIGINT"}


@dataclass(frozen=True)
class Sketched:
    """What the sketch told.

    Attributes:
        decoded: Whether it told the rows that differ, as the engine's table `differing`:
            `key_hash`, `row_hash` and `n`, the copies that the source has more.
        fingerprints: Of every side's groups of files, whether it decoded or not; none where no
            table has room for the rows that one side has more.
    """

    decoded: bool
    fingerprints: Mapping[Side, Mapping[int, Fingerprint]]

    def rows(self, side: Side) -> int:
        """The rows of a side that were scanned."""
        return sum(one.rows for one in self.fingerprints[side].values())

    def null_key_rows(self, side: Side) -> int:
        """The rows of a side whose match key holds a NULL."""
        return sum(one.null_key_rows for one in self.fingerprints[side].values())


def sketched(prepared: Prepared) -> Sketched:
    """Scans both sides, each into its table, and tells the differing rows by their hashes."""
    null_key = prepared.null_key()
    known: Mapping[Side, Mapping[int, Fingerprint]] = {}
    third = third_for(*(prepared.rows[side] for side in BOTH))
    for _ in range(2):
        if third is None:
            break
        scans = {side: _scanned(prepared, side, third, null_key) for side in BOTH}
        known = {side: scan.fingerprints for side, scan in scans.items()}
        table = scans[Side.SOURCE].table - scans[Side.TARGET].table
        found = peeled(table, _Guard(prepared.connection, third))
        if found is not None:
            _keep(
                prepared.connection,
                "differing",
                {"key_hash": found.key_hashes, "row_hash": found.row_hashes, "n": found.counts},
            )
            return Sketched(True, known)
        third = larger_third(table)
    return Sketched(False, known)


def fingerprints(prepared: Prepared) -> Mapping[Side, Mapping[int, Fingerprint]]:
    """The fingerprints of every side's groups of files, by a scan of their own."""
    null_key, third = prepared.null_key(), third_holding(0)
    return {side: _scanned(prepared, side, third, null_key).fingerprints for side in BOTH}


def settle_sketched(prepared: Prepared, told: Sketched, *, with_rows: bool) -> Tally | None:
    """Settles the rows that the sketch told, which it must have told rightly.

    Args:
        prepared: The comparison.
        told: What the sketch told.
        with_rows: Whether discrepant rows are to be written.

    Returns:
        What became of every row; None where the sketch did not decode, or the rows read in full
        say otherwise.
    """
    if not told.decoded:
        return None
    of_key = f"reconcile_signed({prepared.key_hash})"
    key_hashes = "(SELECT DISTINCT key_hash FROM differing)"
    tally = settle(
        prepared, f"SEMI JOIN {key_hashes} AS u ON u.key_hash = {of_key}", with_rows=with_rows
    )
    if prepared.only("sketch_contradictions", key_hash=prepared.key_hash) != (0,):
        return None
    equal = told.rows(Side.SOURCE) - tally.of("rows", "source")
    equal_null_key = told.null_key_rows(Side.SOURCE) - tally.of("null_key_rows", "source")
    return tally.with_equal(equal, null_key_rows=equal_null_key)


@dataclass(frozen=True)
class _Scanned:
    """What one scan of a side gives."""

    table: Integers
    fingerprints: Mapping[int, Fingerprint]


def _scanned(prepared: Prepared, side: Side, third: int, null_key: str) -> _Scanned:
    groups = {file.group for file in prepared.files[side]}
    statement = render(
        "compare/sketch",
        side=side.value,
        key_hash=prepared.key_hash,
        row_hash=prepared.row_hash,
        null_key=null_key,
        third=third,
        cell_type=_addressed(third),
        group_type=_addressed(max(groups) + 1) if len(groups) > 1 else "",
    )
    with prepared.addressing_groups():
        found = prepared.connection.execute(statement).fetchnumpy()
    sums = np.stack([found[name] for name in _SUMS], axis=1)
    is_cell = found["cell"] >= 0
    if len(groups) > 1:
        bags, numbers = ~is_cell, found["file_group"]
    else:  # Every row is in one cell of the first third.
        bags, numbers = is_cell & (found["cell"] < third), np.full(len(sums), next(iter(groups), 0))
    return _Scanned(
        side_table(third, found["cell"][is_cell], sums[is_cell]),
        {
            group: _fingerprint(sums[chosen], found["null_keys"][chosen])
            for group in groups
            for chosen in [bags & (numbers == group)]
        },
    )


def _addressed(numbers: int) -> str:
    """The least unsigned type for numbers below this one."""
    return next(name for most, name in _TYPES.items() if numbers <= most)


def _fingerprint(sums: Integers, null_keys: Integers) -> Fingerprint:
    rows, *halves = (int(total) for total in sums.sum(axis=0))
    key_sum, row_sum, guard_sum = (
        (high << 32) + low for high, low in zip(halves[::2], halves[1::2], strict=True)
    )
    return Fingerprint(rows, int(null_keys.sum()), key_sum, row_sum, guard_sum)


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
