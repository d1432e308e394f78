"""The sketch of a side: an invertible Bloom lookup table, which tells the rows that differ.

Every row is counted into three cells, one in each third of the table, and each cell sums what it
holds: how many rows, and their key hashes, row hashes and guards. The source's table less the
target's holds the rows that differ and no other, since rows that both sides have cancel. A cell
with copies of one row only tells that row, which is then taken out of its other two cells; so the
table is peeled until it is empty, or no such cell is left.

Sums are exact (neither XOR nor modulo), so that any number of copies of a row are told from none.
They are kept as two whole numbers each, `high * 2**32 + low`, since they outgrow 64 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = "npt.NDArray[np.int64]"
Guard: TypeAlias = Callable[[Integers, Integers], tuple[Integers, Integers]]
"""From key hashes and row hashes to guards, and to a row's three cells (of shape n x 3)."""

HASH_BITS = 63
"""Bits of every hash; one less than a signed whole number has."""
FIELDS = 7
"""Numbers a cell has: the count, then high and low of the sums of key hash, row hash, guard."""

_THIRDS = 3
_CELLS_A_ROW = 1.35
"""Cells for every row that differs; a large table decodes from 1.23 on."""
_SMALLEST, _LARGEST = 2**8, 2**20
_LOW = 2**32 - 1
_MOST_COPIES = 2**30
_ALWAYS_ROOM_FOR = 9_000
"""Rows that differ: what a third of 4,096 cells holds, which fits where the processor adds fastest.
One of twice the cells costs a tenth more of the scan."""
_ROWS_A_DIFFERENCE = 2_000


@dataclass(frozen=True)
class Differing:
    """The rows that differ, one entry for all copies of a row.

    Attributes:
        key_hashes: Of their match keys.
        row_hashes: Of their other compared columns.
        counts: Copies that the source has more than the target; negative where the target has.
    """

    key_hashes: Integers
    row_hashes: Integers
    counts: Integers


def third_for(source: int, target: int) -> int | None:
    """The cells of a third with room for a thousandth of a side's rows, and for 9,000 at least.

    Args:
        source: Rows of the source.
        target: Rows of the target.

    Returns:
        More where one side has more rows than that over the other; None where no table of a size
        worth the trouble has room for them.
    """
    rows, apart = source + target, abs(source - target)
    if apart * _CELLS_A_ROW > _THIRDS * _LARGEST:
        return None
    return third_holding(max(apart, min(rows, max(_ALWAYS_ROOM_FOR, rows // _ROWS_A_DIFFERENCE))))


def third_holding(differences: int) -> int:
    """The cells of a third, a power of two, of a table that so many differing rows fill well."""
    needed = math.ceil(differences * _CELLS_A_ROW / _THIRDS)
    return min(_LARGEST, max(_SMALLEST, 1 << (max(1, needed) - 1).bit_length()))


def larger_third(table: Integers) -> int | None:
    """The cells of a third that would hold what this table could not tell.

    Args:
        table: The source's less the target's, of shape cells x `FIELDS`.

    Returns:
        None where the empty cells, which say how many rows there are, say that no table of a size
        worth the trouble would do.
    """
    third = len(table) // _THIRDS
    empty = int((~_normalized(table).any(axis=1)).sum())
    if not empty or third == _LARGEST:
        return None
    differences = -third * math.log(empty / len(table))
    wanted = third_holding(math.ceil(differences))
    return max(wanted, 2 * third) if wanted < _LARGEST else None


def side_table(third: int, cells: Integers, sums: Integers) -> Integers:
    """A side's table from the cells that are not empty.

    Args:
        third: Cells of a third.
        cells: Their numbers, from 0 to three thirds.
        sums: Their sums, of shape cells x `FIELDS`.
    """
    table = np.zeros((_THIRDS * third, FIELDS), np.int64)
    table[cells] = sums
    return table


def peeled(table: Integers, guard: Guard) -> Differing | None:
    """The rows of the source's table less the target's.

    Args:
        table: The difference, of shape cells x `FIELDS`.
        guard: Computes guards and cells as they were computed when the tables were filled.

    Returns:
        None where the table does not decode: it holds too many rows, or not such a difference.
    """
    left = _normalized(table)
    found: list[Integers] = []
    told, candidates = 0, np.flatnonzero(left[:, 0])
    while candidates.size and told <= len(table):
        rows, cells = _alone(left, candidates, guard)
        np.subtract.at(left, cells.ravel(), np.repeat(_sums(rows), _THIRDS, axis=0))
        touched = np.zeros(len(left), bool)
        touched[cells] = True
        candidates = np.flatnonzero(touched)
        left[candidates] = _normalized(left[candidates])
        found.append(rows)
        told += len(rows)
    if left.any():
        return None
    all_rows = np.concatenate(found) if found else np.zeros((0, 4), np.int64)
    return Differing(all_rows[:, 1], all_rows[:, 2], all_rows[:, 0])


def _alone(left: Integers, candidates: Integers, guard: Guard) -> tuple[Integers, Integers]:
    """The rows that are alone in one of some cells, each once, and the three cells of each.

    A row is count, key hash, row hash and guard. It is believed where all three sums are multiples
    of the count, the guard is that of the two hashes, and the cell is one of theirs.
    """
    cells = left[candidates]
    counts = cells[:, 0]
    possible = (counts != 0) & (abs(counts) < _MOST_COPIES)
    candidates, cells, counts = candidates[possible], cells[possible], counts[possible]
    columns = [counts]
    whole = np.ones(len(counts), bool)
    for field in (1, 3, 5):
        quotient, exact = _divided(cells[:, field], cells[:, field + 1], counts)
        columns.append(quotient)
        whole &= exact
    rows, candidates = np.stack(columns, axis=1)[whole], candidates[whole]
    if not len(rows):
        return rows, np.zeros((0, _THIRDS), np.int64)
    guards, places = guard(rows[:, 1], rows[:, 2])
    real = (guards == rows[:, 3]) & (places == candidates[:, None]).any(axis=1)
    rows, places = rows[real], places[real]
    # Not by `np.unique`, which imports the masked arrays of numpy first.
    order = np.lexsort((rows[:, 2], rows[:, 1]))
    rows, places = rows[order], places[order]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:, 1:3] != rows[:-1, 1:3]).any(axis=1)
    return rows[first], places[first]


def _divided(
    high: Integers, low: Integers, counts: Integers
) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Sums divided by counts, and whether that gives a hash without a remainder."""
    upper, rest = np.divmod(high, counts)
    lower, rest = np.divmod((rest << 32) + low, counts)
    upper = upper + (lower >> 32)
    exact = (rest == 0) & (upper >= 0) & (upper < 2 ** (HASH_BITS - 32))
    return (np.where(exact, upper, 0) << 32) + (lower & _LOW), exact


def _sums(rows: Integers) -> Integers:
    """What rows, each with its count, add to a cell."""
    counts = rows[:, :1]
    hashes = rows[:, 1:]
    halves = np.stack([(hashes >> 32) * counts, (hashes & _LOW) * counts], axis=2)
    return np.concatenate([counts, halves.reshape(-1, FIELDS - 1)], axis=1)


def _normalized(table: Integers) -> Integers:
    """The same sums, each spelled in its one way: low from 0 to 2**32 - 1."""
    spelled = table.copy()
    spelled[:, 1::2] += spelled[:, 2::2] >> 32
    spelled[:, 2::2] &= _LOW
    return spelled
