"""The life of dead letters over several runs, on both databases."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from reconcile.errors import NotFound
from reconcile.model.dead_letter import DeadLetter, LetterKind, LetterStatus
from reconcile.state import letter_routing
from reconcile.state.database import State
from reconcile.state.letter_routing import RoutedCounts
from reconcile.state.schema import dead_letters
from tests.integration.letters import DAY, LATER, NEXT_DAY, NOW, Letter, batches, routed


def kept(state: State) -> tuple[DeadLetter, ...]:
    return state.dead_letters.list(limit=100_000).letters


def marked(state: State, status: LetterStatus) -> None:
    with state._transactions.write() as connection:
        connection.execute(update(dead_letters).values(status=status.value))


A, B, C = Letter('{"id":1}'), Letter('{"id":2}'), Letter('{"id":3}')


def test_a_new_letter_is_open_and_whole(state: State) -> None:
    letter = Letter('{"id":"ä\\u0000"}', mismatched_columns=("delay", 'a "quoted", name'))
    assert routed(state, "r1", [letter]) == RoutedCounts(1, 0, 0, 0)
    (found,) = kept(state)
    assert found == state.dead_letters.get(found.id)
    assert found == DeadLetter(
        id=found.id,
        dataset="flights",
        window_start=DAY.start,
        window_end=DAY.end,
        run_id="r1",
        kind=LetterKind.VALUE_MISMATCH,
        side="both",
        match_key=letter.match_key,
        mismatched_columns=letter.mismatched_columns,
        source_row=letter.source_row,
        target_row=letter.target_row,
        reason=letter.reason,
        severity="fail",
        status=LetterStatus.OPEN,
        attempts=0,
        first_seen_at=NOW,
        last_seen_at=NOW,
        resolved_at=None,
        resolution=None,
    )


def test_a_letter_seen_again_stays_itself_and_is_brought_up_to_date(state: State) -> None:
    routed(state, "r1", [A])
    (before,) = kept(state)
    changed = replace(
        A, mismatched_columns=("gate",), target_row="{}", reason="gate: exact", row_hash="ff"
    )
    assert routed(state, "r2", [changed], now=LATER) == RoutedCounts(0, 0, 1, 0)
    (after,) = kept(state)
    assert after == replace(
        before,
        run_id="r2",
        mismatched_columns=("gate",),
        target_row="{}",
        reason="gate: exact",
        last_seen_at=LATER,
    )


def test_a_letter_not_seen_any_more_is_closed_with_the_runs_id(state: State) -> None:
    routed(state, "r1", [A, B])
    assert routed(state, "r2", [B], now=LATER) == RoutedCounts(0, 0, 1, 1)
    closed, still_open = sorted(kept(state), key=lambda letter: letter.match_key)
    assert (closed.status, closed.resolved_at, closed.run_id) == (
        LetterStatus.RESOLVED,
        LATER,
        "r1",
    )
    assert "r2" in str(closed.resolution)
    assert still_open.status is LetterStatus.OPEN


def test_only_a_run_that_may_close_closes(state: State) -> None:
    routed(state, "r1", [A])
    assert routed(state, "r2", [], close_unseen=False) == RoutedCounts(0, 0, 0, 0)
    assert kept(state)[0].status is LetterStatus.OPEN


def test_other_windows_are_left_alone(state: State) -> None:
    routed(state, "r1", [A])
    assert routed(state, "r2", [A], window=NEXT_DAY) == RoutedCounts(1, 0, 0, 0)
    assert routed(state, "r3", [], window=NEXT_DAY).closed == 1
    by_window = {letter.window_start: letter.status for letter in kept(state)}
    assert by_window == {DAY.start: LetterStatus.OPEN, NEXT_DAY.start: LetterStatus.RESOLVED}


def test_a_resolved_letter_seen_again_reopens(state: State) -> None:
    routed(state, "r1", [A])
    routed(state, "r2", [])
    assert routed(state, "r3", [A], now=LATER) == RoutedCounts(0, 1, 0, 0)
    (letter,) = kept(state)
    assert (letter.status, letter.resolved_at, letter.resolution, letter.first_seen_at) == (
        LetterStatus.OPEN,
        None,
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("status", "when_seen", "when_not_seen"),
    [
        ("open", "open", "resolved"),
        ("acknowledged", "acknowledged", "resolved"),
        ("replaying", "replaying", "replaying"),
        ("resolved", "open", "resolved"),
        ("ignored", "ignored", "ignored"),
        ("expired", "open", "expired"),
    ],
)
def test_what_a_run_makes_of_each_status(
    state: State, status: str, when_seen: str, when_not_seen: str
) -> None:
    routed(state, "r1", [A, B])
    marked(state, LetterStatus(status))
    routed(state, "r2", [A])
    assert {letter.match_key: letter.status.value for letter in kept(state)} == {
        A.match_key: when_seen,
        B.match_key: when_not_seen,
    }


def test_identical_extra_copies_are_letters_of_their_own(state: State) -> None:
    copy = replace(A, kind="duplicate_key", side="target")
    assert routed(state, "r1", [copy, copy, copy]).opened == 3
    assert routed(state, "r2", [copy, copy]) == RoutedCounts(0, 0, 2, 1)


def test_copies_are_numbered_in_the_order_of_their_hashes_however_they_come(state: State) -> None:
    copies = [replace(A, row_hash=row_hash, reason=row_hash) for row_hash in ("b", "B", "a_", "aa")]
    routed(state, "r1", copies)
    routed(state, "r2", copies[::-1])
    with state._transactions.read() as connection:
        rows = connection.execute(select(dead_letters.c.number, dead_letters.c.reason))
        numbers = {row.number: row.reason for row in rows}
    assert numbers == {1: "B", 2: "a_", 3: "aa", 4: "b"}


def test_expectations_of_one_row_are_letters_of_their_own(state: State) -> None:
    failing = replace(A, kind="expectation", side="source", mismatched_columns=())
    letters = [replace(failing, expectation_id=name) for name in ("not_null", "between")]
    assert routed(state, "r1", [A, *letters]).opened == 3
    assert state.dead_letters.counts_by_kind()[LetterKind.EXPECTATION] == 2


def test_a_repeated_run_ends_the_same(state: State) -> None:
    routed(state, "r1", [A, B])
    routed(state, "r2", [A])
    first = routed(state, "r3", [B, C], now=LATER)
    letters = kept(state)
    assert first == RoutedCounts(opened=1, reopened=1, seen_again=0, closed=1)
    assert routed(state, "r3", [B, C], now=LATER) == first
    assert kept(state) == letters


def test_the_counts_are_written_to_the_run(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    routed(state, "r1", [A, B])
    assert state.runs.get("r1").opened == 2


class Killed(BaseException):
    """What stands for the end of the process."""


@pytest.mark.parametrize("survives", [1, 2, 3, 4])
def test_a_run_killed_at_any_chunk_and_repeated_ends_as_if_never_killed(
    state: State, monkeypatch: pytest.MonkeyPatch, survives: int
) -> None:
    monkeypatch.setattr(letter_routing, "_CHUNK", 10)
    known = [Letter(f'{{"id":{n}}}') for n in range(20)]
    seen = [Letter(f'{{"id":{n}}}') for n in range(10, 50)]
    routed(state, "r1", known)
    merge, merged = letter_routing._merge, []

    def merge_until_killed(*args: object) -> None:
        merge(*args)  # type: ignore[arg-type]
        merged.append(args)
        if len(merged) == survives:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(letter_routing, "_merge", merge_until_killed)
        with pytest.raises(Killed):
            routed(state, "r2", seen, now=LATER)
    assert not any(letter.status is LetterStatus.RESOLVED for letter in kept(state))
    assert routed(state, "r2", seen, now=LATER) == RoutedCounts(30, 0, 10, 10)
    assert len(kept(state)) == 50


_KILLED_IN_THE_SECOND_CHUNK = """
import os, signal, sys
from reconcile.state import letter_routing
from reconcile.state.database import State
from tests.integration.letters import LATER, Letter, routed

letter_routing._CHUNK = 10
merge, merged = letter_routing._merge, []

def merge_until_killed(*args):
    merge(*args)
    merged.append(args)
    if len(merged) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

letter_routing._merge = merge_until_killed
letters = [Letter(f'{{"id":{n}}}') for n in range(30)]
routed(State.open(sys.argv[1]), "r1", letters, now=LATER)
"""


def test_a_process_killed_while_it_routes_leaves_what_can_be_repeated(
    state: State, state_url: str
) -> None:
    child = [sys.executable, "-c", _KILLED_IN_THE_SECOND_CHUNK, state_url]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    assert len(kept(state)) == 10
    letters = [Letter(f'{{"id":{n}}}') for n in range(30)]
    assert routed(state, "r1", letters, now=LATER) == RoutedCounts(30, 0, 0, 0)
    assert len(kept(state)) == 30


def test_a_run_whose_letters_cannot_be_read_to_the_end_changes_nothing(state: State) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from batches([B])
        raise OSError("the file was cut short")

    routed(state, "r1", [A])
    before = kept(state)
    with pytest.raises(OSError, match="cut short"):
        state.dead_letters.route(
            "r2", "flights", DAY, broken(), now=NOW, max_rows=9, full_file="", close_unseen=True
        )
    assert kept(state) == before
    assert routed(state, "r2", [A, B]) == RoutedCounts(1, 0, 1, 0)


def test_past_the_limit_one_letter_tells_how_many_more_and_where(state: State) -> None:
    letters = [Letter(f'{{"id":{n}}}') for n in range(25)]
    assert routed(state, "r1", letters, max_rows=10).opened == 11
    (summary,) = state.dead_letters.list(kind=LetterKind.SUMMARY).letters
    assert summary.reason == (
        "15 more dead letters than the 10 kept one by one; "
        "all 25 are in s3://artifacts/discrepancies.parquet"
    )
    # The same again: the same ten, though they come in another order.
    assert routed(state, "r2", letters[::-1], max_rows=10) == RoutedCounts(0, 0, 11, 0)
    # Fewer: the summary closes, and what had no letter of its own gets one.
    counts = routed(state, "r3", letters[:10], max_rows=10)
    assert state.dead_letters.list(status=LetterStatus.OPEN).total == 10
    assert state.dead_letters.get(summary.id).status is LetterStatus.RESOLVED
    assert counts.opened + counts.seen_again == 10


def test_a_known_letter_past_the_limit_is_neither_closed_nor_forgotten(state: State) -> None:
    letters = [Letter(f'{{"id":{n}}}') for n in range(25)]
    routed(state, "r1", letters, max_rows=25)
    assert routed(state, "r2", letters, now=LATER, max_rows=10) == RoutedCounts(1, 0, 25, 0)
    assert {letter.last_seen_at for letter in kept(state)} == {LATER}


def test_very_long_values_are_told_not_kept(state: State) -> None:
    routed(state, "r1", [replace(A, source_row=json.dumps({"note": "x" * 5000, "delay": 1}))])
    row = json.loads(str(kept(state)[0].source_row))
    assert (row["note"]["length"], row["delay"]) == (5000, 1)


def test_letters_are_listed_by_filters_with_an_exact_total(state: State) -> None:
    missing = [Letter(f'{{"id":{n}}}', kind="missing_in_target") for n in range(5)]
    routed(state, "r1", [A, *missing])
    routed(state, "r2", [A], window=NEXT_DAY)
    page = state.dead_letters.list(kind=LetterKind.MISSING_IN_TARGET, limit=2, offset=4)
    assert (len(page.letters), page.total) == (1, 5)
    assert state.dead_letters.list(window=NEXT_DAY).total == 1
    assert state.dead_letters.list(dataset="weather").total == 0
    assert state.dead_letters.list(run_id="r1", status=LetterStatus.OPEN).total == 6
    counts = state.dead_letters.counts_by_kind(dataset="flights", window=DAY)
    assert +Counter(counts) == {LetterKind.VALUE_MISMATCH: 1, LetterKind.MISSING_IN_TARGET: 5}


def test_a_letter_that_does_not_exist_is_not_found(state: State) -> None:
    with pytest.raises(NotFound, match="no dead letter 7"):
        state.dead_letters.get(7)


def test_twenty_thousand_letters_arrive_in_batches_and_leave_in_chunks(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_routing, "_CHUNK", 3000)
    letters = [Letter(f'{{"id":{n // 2}}}', row_hash=str(n)) for n in range(20_000)]
    assert routed(state, "r1", letters, max_rows=10**6).opened == 20_000
    again = routed(state, "r2", letters[5_000:], max_rows=10**6)
    assert again == RoutedCounts(opened=0, reopened=0, seen_again=15_000, closed=5_000)


def test_routing_does_not_hold_the_database_while_letters_stream(
    open_state: Callable[[], State],
) -> None:
    state, other = open_state(), open_state()

    def slowly() -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(batches([A, B, C], size=1)):
            other.leases.acquire("weather", str(number), "r9", now=NOW, ttl=timedelta(1))
            yield batch

    counts = state.dead_letters.route(
        "r1", "flights", DAY, slowly(), now=NOW, max_rows=9, full_file="", close_unseen=True
    )
    assert counts.opened == 3


def test_no_error_of_the_database_quotes_a_row(sqlite_url: str) -> None:
    broken = replace(Letter("1"), severity=None, source_row='{"name":"s3cret"}')  # type: ignore[arg-type]
    with State.open(sqlite_url) as state, pytest.raises(IntegrityError) as caught:
        routed(state, "run", [broken])
    assert "s3cret" not in str(caught.value)
