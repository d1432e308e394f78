"""Ways to make rows of a copy wrong, each with what it does to the accounts.

A way turns one row of the source into the rows that the target has in its place: none, another
one, or several. What that must be found as is known from the way, not from comparing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeAlias

from reconcile.model.result import Counts

Row: TypeAlias = dict[str, Any]

_UNUSED_FLIGHTS = 10_000
"""Above every flight number there is."""


@dataclass(frozen=True)
class Discrepancy:
    """One way to make rows wrong.

    Attributes:
        turn: From a row to the rows that take its place.
        costs: What one turned row does to the accounts; rows it leaves matched do not show.
        rows: How many rows are turned; None for every one that fits.
        fits: Whether the way makes a difference to a row.
        column: The column in which the row then mismatches.
    """

    turn: Callable[[Row], Sequence[Row]]
    costs: Counts
    rows: int | None = None
    fits: Callable[[Row], bool] = lambda _: True
    column: str | None = None


def lost(rows: int) -> Discrepancy:
    """Rows that never arrived."""
    return Discrepancy(lambda _: [], Counts(missing_in_target=1), rows)


def invented(rows: int) -> Discrepancy:
    """Rows of flights that the source does not know, each beside a real one."""
    return Discrepancy(
        lambda row: [row, {**row, "flight": row["flight"] + _UNUSED_FLIGHTS}],
        Counts(missing_in_source=1),
        rows,
    )


def changed(
    column: str,
    change: Callable[[Any], Any],
    rows: int | None = None,
    *,
    among: Callable[[Row], bool] = lambda _: True,
) -> Discrepancy:
    """Another value in one column of rows that have a value there."""
    return Discrepancy(
        lambda row: [_with(row, column, change)],
        Counts(value_mismatch=1),
        rows,
        lambda row: row[column] is not None and among(row),
        column,
    )


def filled(column: str, value: Any, rows: int) -> Discrepancy:
    """A value where the source has NULL."""
    return Discrepancy(
        lambda row: [{**row, column: value}],
        Counts(value_mismatch=1),
        rows,
        lambda row: row[column] is None,
        column,
    )


def sent_twice(rows: int) -> Discrepancy:
    """The same row twice: one cancels with the source's, one is left over."""
    return Discrepancy(
        lambda row: [row, row], Counts(duplicate_key_target=1, repeated_keys=1), rows
    )


def corrected_twice(column: str, change: Callable[[Any], Any], rows: int) -> Discrepancy:
    """The row and a changed version of it: the row cancels, the version is left over."""
    return Discrepancy(
        lambda row: [row, _with(row, column, change)],
        Counts(duplicate_key_target=1, repeated_keys=1),
        rows,
        lambda row: row[column] is not None,
    )


def contradicted(column: str, change: Callable[[Any], Any], rows: int) -> Discrepancy:
    """Two changed versions and the row itself nowhere: none of the three can be paired."""
    return Discrepancy(
        lambda row: [_with(row, column, change), _with(_with(row, column, change), column, change)],
        Counts(duplicate_key_source=1, duplicate_key_target=2, repeated_keys=1),
        rows,
        lambda row: row[column] is not None,
    )


@dataclass(frozen=True)
class Spoiled:
    """A day's rows with discrepancies in them.

    Attributes:
        rows: What the target has.
        counts: How they must be found to compare with the source's.
        columns: Column to the rows that must mismatch in it.
    """

    rows: tuple[Row, ...]
    counts: Counts
    columns: dict[str, int]


def spoil(source: Sequence[Row], ways: Sequence[Discrepancy], random: Random) -> Spoiled:
    """Turns rows of a copy, chosen at random, no row twice.

    Raises:
        ValueError: Fewer rows fit a way than it asks for.
    """
    counts = Counts(source_rows=len(source))
    columns: dict[str, int] = {}
    turned: dict[int, Sequence[Row]] = {}
    for way in ways:
        fitting = [i for i, row in enumerate(source) if i not in turned and way.fits(row)]
        chosen = fitting if way.rows is None else random.sample(fitting, way.rows)
        turned.update((i, way.turn(source[i])) for i in chosen)
        counts = _added(counts, way.costs, len(chosen))
        if way.column is not None:
            columns[way.column] = columns.get(way.column, 0) + len(chosen)
    rows = tuple(new for i, row in enumerate(source) for new in turned.get(i, [row]))
    return Spoiled(rows, _balanced(counts), columns)


def _with(row: Row, column: str, change: Callable[[Any], Any]) -> Row:
    return {**row, column: change(row[column])}


def _added(counts: Counts, costs: Counts, times: int) -> Counts:
    sums = {name: value + times * getattr(costs, name) for name, value in vars(counts).items()}
    return Counts(**sums)


def _balanced(counts: Counts) -> Counts:
    """Whatever was not made wrong is matched; the target's rows follow."""
    wrong = counts.value_mismatch + counts.missing_in_target + counts.duplicate_key_source
    matched = counts.source_rows - wrong
    extra = counts.missing_in_source + counts.duplicate_key_target
    return replace(counts, matched=matched, target_rows=matched + counts.value_mismatch + extra)
