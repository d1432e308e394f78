"""Snapshots and the mirror of their ledgers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconcile.errors import NotFound, Tampered
from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import Consistency, Manifest, Segment, Standing
from reconcile.state.database import State
from reconcile.state.snapshots import KnownSnapshot

NOW = datetime(2013, 11, 5, 7, tzinfo=UTC)
HERE, THERE = "a" * 32, "b" * 32
LINES = [(number, f"{number:064x}", f'{{"sequence": {number}, "by": "é"}}') for number in (1, 2, 3)]


def manifest(id: str, *, days: int = 0) -> Manifest:
    taken_at = NOW + timedelta(days=days)
    segments = (
        Segment("c" * 64, 90, 4_000, 2**40, 10**9, "a", "m"),
        Segment("d" * 64, 80, 3_000, 2**41, 10**9, "n", "z"),
    )
    return Manifest(
        id, "flights", HERE, Side.TARGET, "az://analytics/flights", taken_at, taken_at, segments
    )


def test_a_ledger_is_mirrored_as_it_is(state: State) -> None:
    ledger = state.snapshot_ledger
    assert ledger.lines(HERE) == []
    ledger.keep(HERE, LINES[:2])
    ledger.keep(HERE, LINES)
    ledger.keep(THERE, LINES[:1])
    assert ledger.lines(HERE) == [(number, digest) for number, digest, _ in LINES]
    assert ledger.lines(THERE) == [LINES[0][:2]]
    assert ledger.text(HERE, 2) == LINES[1][2]
    with pytest.raises(NotFound, match="no line 4 of the ledger"):
        ledger.text(HERE, 4)


def test_a_line_that_is_another_than_before_is_refused_with_all_that_came_along(
    state: State,
) -> None:
    state.snapshot_ledger.keep(HERE, LINES[:2])
    forged = [LINES[0], (2, "f" * 64, "{}"), LINES[2]]
    with pytest.raises(Tampered, match=r"line 2 of the ledger of repository a+ is another") as told:
        state.snapshot_ledger.keep(HERE, forged)
    assert told.value.expected == LINES[1][1]
    assert state.snapshot_ledger.lines(HERE) == [line[:2] for line in LINES[:2]]


def test_a_ledger_that_lacks_lines_takes_none_away(state: State) -> None:
    state.snapshot_ledger.keep(HERE, LINES)
    state.snapshot_ledger.keep(HERE, LINES[:1])
    state.snapshot_ledger.keep(HERE, [])
    assert len(state.snapshot_ledger.lines(HERE)) == 3


def test_two_that_mirror_at_once_keep_each_line_once_or_one_is_refused(state: State) -> None:
    many = [(number, f"{number:064x}", "{}") for number in range(1, 2_501)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(state.snapshot_ledger.keep, HERE, many) for _ in range(4)]:
            done.result()
    assert state.snapshot_ledger.lines(HERE) == [line[:2] for line in many]


def test_how_snapshots_stand_is_kept_and_told_oldest_first(state: State) -> None:
    older, newer = manifest("one"), replace(manifest("two", days=1), span=("2013-01", "2013-06"))
    doubtful = replace(newer, consistency=Consistency.INCONSISTENT, reasons=("moved",))
    state.snapshots.keep(HERE, [Standing(doubtful), Standing(older, verified_at=NOW)])
    sizes = {"objects": 7_000, "bytes": 3 * 2**40, "rows": 2 * 10**9}
    first = KnownSnapshot(
        HERE, "one", "flights", NOW, None, Consistency.CONSISTENT, **sizes, verified_at=NOW
    )
    second = replace(
        first,
        id="two",
        taken_at=newer.taken_at,
        span=("2013-01", "2013-06"),
        consistency=Consistency.INCONSISTENT,
        verified_at=None,
    )
    assert state.snapshots.list("flights") == (first, second)
    assert state.snapshots.list("bookings") == ()

    later = NOW + timedelta(hours=3)
    damaged = Standing(older, verified_at=NOW, damaged=("a\nb", "é"), restored_at=later)
    state.snapshots.keep(HERE, [damaged])
    found = state.snapshots.list("flights")[0]
    assert found == replace(first, damaged=("a\nb", "é"), restored_at=later)


def test_a_copy_is_a_snapshot_of_its_own_repository(state: State) -> None:
    for repository in (HERE, THERE):
        state.snapshots.keep(repository, [Standing(manifest("one"))])
    state.snapshots.removed(THERE, ["one"], NOW)
    kept = {known.repository: known.removed_at for known in state.snapshots.list("flights")}
    assert kept == {HERE: None, THERE: NOW}


def test_what_was_removed_stays_so_with_its_first_time(state: State) -> None:
    state.snapshots.keep(HERE, [Standing(manifest("one")), Standing(manifest("two"))])
    state.snapshots.removed(HERE, ["one", "one", "unknown"], NOW)
    state.snapshots.removed(HERE, ["one"], NOW + timedelta(days=1))
    state.snapshots.removed(HERE, [], NOW)
    # By somebody who had read the repository before.
    state.snapshots.keep(HERE, [Standing(manifest("one"), verified_at=NOW)])
    one, two = state.snapshots.list("flights")
    assert (one.removed_at, one.verified_at, two.removed_at) == (NOW, NOW, None)
