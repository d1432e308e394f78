"""The joins: by key and row hash where most rows are equal, by all values where most differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconcile.comparison.plan import PlannedColumn
from reconcile.engines.prepared import BOTH, Prepared
from reconcile.engines.settling import Tally, differing, settle
from reconcile.model.discrepancy import Kind

_LIKELY_UNIQUE = 3.0
"""Up to this many estimated pairs a row the join is tried before repeated keys are looked for."""
_SAMPLED = 50_000
"""Rows of each side that are looked at to tell whether many differ."""
_ENOUGH_PAIRS = 30
_MANY = 0.02
"""The share of differing rows from which comparing all values is cheaper than finding out which
rows differ, and reading those once more."""
_LOOKED_AT = 200
"""Rows that are looked at for every example that is wanted: four times what it takes on average
where as few rows differ as are called many."""
_BITS = 62
"""Columns that one number can mark."""


def likely_many(prepared: Prepared) -> bool:
    """Whether so many rows seem to differ that comparing all values is the cheapest way."""
    source, target = (prepared.rows[side] for side in BOTH)
    if abs(source - target) > _MANY * max(source, target):
        return True
    pairs, differ = prepared.only(
        "sample", key_hash=prepared.key_hash, row_hash=prepared.row_hash, rows=_SAMPLED
    )
    return bool(pairs >= _ENOUGH_PAIRS and differ > _MANY * pairs)


def join_hashes(prepared: Prepared) -> Tally:
    """Joins the sides on key and row hash; leaves the keys it could not settle in `unsettled`.

    Returns:
        What it settled: the rows that are equal.
    """
    repeated = _likely_to_multiply(prepared)
    while True:
        _find_repeated(prepared, present=repeated)
        prepared.run("joined", keys=prepared.keys, row_hash=prepared.row_hash, set_aside=repeated)
        equal, equal_null_key, *seen = prepared.only("join_totals")
        if repeated or seen == [prepared.rows[side] for side in BOTH]:
            break
        repeated = True
    prepared.run("unsettled", keys=prepared.keys)
    return Tally({}, {}).with_equal(int(equal), null_key_rows=int(equal_null_key))


def settle_unsettled(prepared: Prepared, *, with_rows: bool) -> Tally:
    """Settles the keys in `unsettled`, with their rows as JSON where those are wanted."""
    same_key = " AND ".join(f"f.{key} IS NOT DISTINCT FROM u.{key}" for key in prepared.keys)
    return settle(prepared, f"SEMI JOIN unsettled AS u ON {same_key}", with_rows=with_rows)


def join_values(prepared: Prepared, *, differing_keys: bool) -> Tally:
    """Joins the sides on the key and compares every value there and then.

    Args:
        prepared: The comparison; the table `paired` is made anew.
        differing_keys: Whether `paired` is to hold the keys of all rows that differ, for
            `join_values_with_examples`.

    Returns:
        What became of every row, those of repeated keys included.
    """
    marks = _marks(differing(prepared))
    repeated = _likely_to_multiply(prepared)
    while True:
        _find_repeated(prepared, present=repeated)
        prepared.run(
            "paired",
            keys=prepared.keys,
            columns=_carried(prepared),
            marks=marks.sql,
            null_key=prepared.null_key(),
            set_aside=repeated,
            differing_keys=differing_keys,
        )
        counted = prepared.run("paired_counts", marks=len(marks.sql))
        tally = Tally(
            {(outcome, side): int(n) for outcome, side, n in counted}, _mismatched(prepared, marks)
        )
        seen = [tally.of("rows", side) for side in BOTH]
        if repeated or seen == [prepared.rows[side] for side in BOTH]:
            break
        repeated = True
    prepared.run("repeated_unsettled", keys=prepared.keys)
    return tally + settle_unsettled(prepared, with_rows=False)


def join_values_with_examples(prepared: Prepared, match_key: str, rows: int) -> Tally:
    """Joins as `join_values`, and settles the keys of the first discrepant rows of each kind.

    To keep the key of every row that differs would cost as much as the join. So the first rows of
    the source are looked at, among which there are enough that differ where many do, wherever they
    lie in that order; only where there are not are the keys kept.

    Args:
        prepared: The comparison; the tables `detail`, `outcomes` and `pairs` will hold at least
            those rows.
        match_key: SQL of the match key as JSON, over the key columns of `d`.
        rows: How many of each kind.

    Returns:
        What became of every row.
    """
    for differing_keys in (False, True):
        tally = join_values(prepared, differing_keys=differing_keys)
        first = 0 if differing_keys else rows * _LOOKED_AT
        prepared.run("looked_at", keys=prepared.keys, match_key=match_key, rows=first)
        prepared.run(
            "example_keys",
            keys=prepared.keys,
            match_key=match_key,
            marks=len(_marks(differing(prepared)).sql),
            rows=rows,
            differing_keys=differing_keys,
        )
        settle_unsettled(prepared, with_rows=True)
        settled, found = prepared.only("looked_at_mismatches", keys=prepared.keys)
        if found >= rows or settled == tally.of(Kind.VALUE_MISMATCH):
            break
    return tally


@dataclass(frozen=True)
class _Marks:
    """Which bit of which number marks a column that differs.

    Attributes:
        sql: For every number, for every bit, SQL that is true where the column differs.
        places: Column name as a text constant, number and bit.
    """

    sql: list[list[str]]
    places: list[tuple[str, int, int]]


def _marks(differs: Mapping[str, str]) -> _Marks:
    columns = list(differs.items())
    numbers = [columns[first : first + _BITS] for first in range(0, len(columns), _BITS)]
    return _Marks(
        [[sql for _, sql in number] for number in numbers],
        [
            (name, nth, 1 << bit)
            for nth, number in enumerate(numbers)
            for bit, (name, _) in enumerate(number)
        ],
    )


def _carried(prepared: Prepared) -> dict[str, str]:
    """What stands for every canonical column in the join: a long value's hash, where no tolerance
    asks for the value itself. So it is as sure as the join by row hashes is."""
    return {
        name: f"hash({name})" if _is_long(column) else name
        for name, column in zip(prepared.columns, prepared.plan.columns, strict=True)
    }


def _is_long(column: PlannedColumn) -> bool:
    return column.domain.sql in ("VARCHAR", "BLOB") and not column.rule.has_tolerance


def _mismatched(prepared: Prepared, marks: _Marks) -> dict[str, int]:
    if not marks.places:
        return {}
    return {name: int(n) for name, n in prepared.run("paired_mismatches", columns=marks.places)}


def _likely_to_multiply(prepared: Prepared) -> bool:
    """Whether the smaller side's keys seem to repeat, so that a join might multiply rows."""
    smaller = min(BOTH, key=lambda side: prepared.rows[side])
    with prepared.addressing_groups():
        (pairs,) = prepared.only("join_size", keys=prepared.keys, side=smaller.value)
    return bool(pairs > _LIKELY_UNIQUE * prepared.rows[smaller] + 1_000)


def _find_repeated(prepared: Prepared, *, present: bool) -> None:
    """Fills `repeated`, or leaves it empty where no key is said to repeat."""
    prepared.run("repeated" if present else "none_repeated", keys=prepared.keys)
