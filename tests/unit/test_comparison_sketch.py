"""The sketch as a table of numbers: it tells exactly the rows that differ, or nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.comparison.sketch import (
    FIELDS,
    Integers,
    larger_third,
    peeled,
    side_table,
    third_for,
    third_holding,
)

Bag = Counter[tuple[int, int]]
"""Rows by their two hashes, with how many copies there are."""

THIRD = 64
HASHES = st.one_of(st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**63 - 1]), st.integers(0, 2**63 - 1))
BAGS = st.dictionaries(st.tuples(HASHES, HASHES), st.integers(1, 9), max_size=40).map(Counter)


def _mixed(numbers: Integers) -> Integers:
    """Numbers as unlike each other as hashes are."""
    mixed = numbers.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)


def _guard(third: int, key_hashes: Integers, row_hashes: Integers) -> tuple[Integers, Integers]:
    guards = _mixed(_mixed(key_hashes + 1) ^ (row_hashes + 7))
    places = _mixed(guards)
    cells = [(places >> (21 * nth)) % third + nth * third for nth in range(3)]
    return guards, np.stack(cells, axis=1)


def _table(bag: Bag, third: int = THIRD) -> Integers:
    """A side's table, filled one row after the other by whole numbers of any size."""
    rows = list(bag.elements())
    keys = np.array([key for key, _ in rows], np.int64)
    others = np.array([other for _, other in rows], np.int64)
    guards, places = _guard(third, keys, others)
    cells: dict[int, list[int]] = {}
    for (key, other), guard, three in zip(rows, guards.tolist(), places.tolist(), strict=True):
        for cell in three:
            sums = cells.setdefault(cell, [0, 0, 0, 0])
            cells[cell] = [a + b for a, b in zip(sums, (1, key, other, guard), strict=True)]
    spelled = [[n, *(x for s in sums for x in divmod(s, 2**32))] for n, *sums in cells.values()]
    return side_table(
        third,
        np.array(list(cells), np.int64),
        np.array(spelled, np.int64).reshape(-1, FIELDS),
    )


def _told(table: Integers, third: int = THIRD) -> dict[tuple[int, int], int] | None:
    found = peeled(table, lambda keys, others: _guard(third, keys, others))
    if found is None:
        return None
    pairs = zip(found.key_hashes.tolist(), found.row_hashes.tolist(), strict=True)
    told = dict(zip(pairs, found.counts.tolist(), strict=True))
    assert len(told) == len(found.counts), "a row is told twice"
    return told


def _difference(source: Bag, target: Bag) -> dict[tuple[int, int], int]:
    both = {row: source[row] - target[row] for row in source.keys() | target.keys()}
    return {row: n for row, n in both.items() if n}


def _random(rows: int, seed: int) -> Bag:
    numbers = np.random.default_rng(seed).integers(0, 2**63 - 1, (rows, 2))
    return Counter(map(tuple, numbers.tolist()))


@settings(max_examples=100)
@given(BAGS, BAGS, BAGS)
def test_it_tells_the_rows_that_differ_with_their_copies(
    common: Bag, source: Bag, target: Bag
) -> None:
    source, target = source + common, target + common
    difference = _table(source) - _table(target)
    assert _told(difference) in (_difference(source, target), None)
    roomy = _table(source, 2**14) - _table(target, 2**14)
    assert _told(roomy, 2**14) == _difference(source, target)


@settings(max_examples=30)
@given(BAGS)
def test_nothing_differs_from_itself(bag: Bag) -> None:
    assert _told(_table(bag) - _table(bag)) == {}
    table = _table(bag)
    assert table[: len(table) // 3, 0].sum() == bag.total()


@settings(max_examples=30)
@given(BAGS, BAGS)
def test_exchanging_the_sides_exchanges_the_copies(source: Bag, target: Bag) -> None:
    there, back = _told(_table(source) - _table(target)), _told(_table(target) - _table(source))
    assert back == (None if there is None else {row: -n for row, n in there.items()})


def test_a_full_table_decodes_at_the_load_it_is_made_for() -> None:
    """A row of a thousand copies is one entry, and no more work than one row."""
    rows = 3_000
    third = third_holding(rows)
    bag = _random(rows, seed=1)
    bag.update(dict.fromkeys(list(bag)[:5], 999))
    assert _told(_table(bag, third), third) == dict(bag)


@pytest.mark.parametrize("rows", [200, 400, 5_000])
def test_a_table_with_too_many_rows_tells_nothing(rows: int) -> None:
    for seed in range(20 if rows < 5_000 else 1):
        assert _told(_table(_random(rows, seed))) is None


def test_a_table_that_is_no_difference_of_rows_tells_nothing() -> None:
    """Whatever stands in it: one number changed by one is no row, nor makes another row."""
    table = _table(_random(20, seed=3))
    assert _told(table) is not None
    for cell in np.flatnonzero(table[:, 0])[:10]:
        for field in range(FIELDS):
            wrong = table.copy()
            wrong[cell, field] += 1
            assert _told(wrong) is None


@pytest.mark.parametrize(
    ("rows", "room"), [(0, 0), (300, 300), (2_000_000, 9_000), (60_000_000, 30_000)]
)
def test_there_is_room_for_a_thousandth_of_a_side_and_at_least_nine_thousand(
    rows: int, room: int
) -> None:
    third = third_for(rows // 2, rows - rows // 2)
    assert third is not None
    assert 3 * third >= 1.35 * room
    assert third in (third_for(rows // 2, rows // 2 + 1), 256)
    assert third & (third - 1) == 0


@pytest.mark.parametrize(("more", "third"), [(0, 4096), (100_000, 65_536), (2**21 + 2**18, None)])
def test_there_is_room_for_what_one_side_has_more(more: int, third: int | None) -> None:
    assert third_for(4_000_000 + more, 4_000_000) == third
    assert third_for(4_000_000, 4_000_000 + more) == third


def test_the_empty_cells_tell_how_large_the_next_table_must_be() -> None:
    table = _table(_random(400, seed=5), 128)
    assert _told(table, 128) is None
    larger = larger_third(table)
    assert larger is not None
    assert 256 <= larger <= 512
    assert _told(_table(_random(400, seed=5), larger), larger) is not None


def test_a_table_without_an_empty_cell_asks_for_no_larger_one() -> None:
    assert larger_third(_table(_random(2_000, seed=6))) is None
