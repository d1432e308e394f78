"""What is known of the objects that a destination should hold, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from reconcile.model.ledger import (
    Equality,
    LedgerEntry,
    ObjectVersion,
    SyncedWindow,
    WindowState,
)
from reconcile.state.database import State

NOW = datetime(2026, 3, 1, 5, 0, 0, 123456, tzinfo=UTC)
PLACE = "https://acme.blob.core.windows.net/analytics flights"
DAY = "2013-01-05"
PROVEN = LedgerEntry(
    name="carrier=AA/part-0.parquet",
    size=2**40,
    origin=ObjectVersion("e1", "v1"),
    equality=Equality.PROVEN,
    run_id="r1",
    recorded_at=NOW,
    destination=ObjectVersion("0x8D", None),
    algorithm="crc64nvme",
    origin_value="AAAA",
    destination_value="AAAA",
    rows=2**33,
)
ABSENT = LedgerEntry(
    name="part-1.parquet",
    size=0,
    origin=ObjectVersion("e2"),
    equality=Equality.ABSENT,
    run_id="r1",
    recorded_at=NOW,
)
COMPLETE = SyncedWindow(DAY, WindowState.COMPLETE, 3, 2**41, 0, "r1", NOW)


def by_name(*entries: LedgerEntry) -> dict[str, LedgerEntry]:
    return {entry.name: entry for entry in entries}


def test_entries_are_read_as_they_were_recorded(state: State) -> None:
    state.sync_ledger.record("flights", PLACE, DAY, [PROVEN, ABSENT])
    assert state.sync_ledger.entries("flights", PLACE, DAY) == by_name(PROVEN, ABSENT)


@pytest.mark.parametrize(
    "elsewhere",
    [("bookings", PLACE, DAY), ("flights", PLACE + "/", DAY), ("flights", PLACE, "2013-01-06")],
    ids=["dataset", "place", "window"],
)
def test_nothing_is_known_elsewhere(state: State, elsewhere: tuple[str, str, str]) -> None:
    state.sync_ledger.record("flights", PLACE, DAY, [PROVEN])
    assert state.sync_ledger.entries(*elsewhere) == {}
    state.sync_ledger.record(*elsewhere, [replace(PROVEN, size=1)])
    assert state.sync_ledger.entries("flights", PLACE, DAY) == by_name(PROVEN)
    state.sync_ledger.forget(*elsewhere, [PROVEN.name])
    assert state.sync_ledger.entries("flights", PLACE, DAY) == by_name(PROVEN)


def test_what_is_recorded_again_takes_the_old_entrys_place(state: State) -> None:
    state.sync_ledger.record("flights", PLACE, DAY, [PROVEN, ABSENT])
    bare = replace(ABSENT, name=PROVEN.name, run_id="r2", recorded_at=NOW + timedelta(days=1))
    state.sync_ledger.record("flights", PLACE, DAY, [PROVEN, bare])
    assert state.sync_ledger.entries("flights", PLACE, DAY) == by_name(bare, ABSENT)


def test_what_nobody_expects_is_forgotten(state: State) -> None:
    state.sync_ledger.record("flights", PLACE, DAY, [PROVEN, ABSENT])
    for _ in range(2):
        state.sync_ledger.forget("flights", PLACE, DAY, [PROVEN.name, "never.parquet"])
        assert state.sync_ledger.entries("flights", PLACE, DAY) == by_name(ABSENT)
    state.sync_ledger.forget("flights", PLACE, DAY, [])
    state.sync_ledger.record("flights", PLACE, DAY, [])


NAMES = [
    "é\udce9\ud83d.parquet",
    "é.parquet",
    "nul\0nul",
    "back\\slash",
    r"back\u0000slash",
    r"back\\slash",
    "\U0001f600 %20+\n\t'\"",
    "part",
    "Part",
    "part ",
    "x" * 1024,
    "x" * 1023 + "é",
]


def test_names_are_kept_whatever_they_are(state: State) -> None:
    entries = by_name(*(replace(PROVEN, name=name, size=n) for n, name in enumerate(NAMES)))
    state.sync_ledger.record("flights", PLACE, DAY, list(entries.values()))
    assert state.sync_ledger.entries("flights", PLACE, DAY) == entries
    state.sync_ledger.forget("flights", PLACE, DAY, NAMES[1:])
    assert list(state.sync_ledger.entries("flights", PLACE, DAY)) == NAMES[:1]


def test_windows_are_read_as_they_were_committed(state: State) -> None:
    ledger = state.sync_ledger
    later = SyncedWindow("2013-01-06", WindowState.EMPTY, 0, 0, 0, "r2", NOW)
    for synced in (later, replace(COMPLETE, state=WindowState.INCOMPLETE, missing=2), COMPLETE):
        ledger.commit("flights", PLACE, synced)
    ledger.commit("flights", "elsewhere", replace(COMPLETE, objects=9))
    ledger.commit("bookings", PLACE, replace(COMPLETE, objects=9))
    found = ledger.windows("flights", PLACE)
    assert list(found.items()) == [(DAY, COMPLETE), (later.window, later)]
    assert ledger.windows("flights", "nowhere") == {}


def test_troubles_are_what_is_not_proven_so_many_of_each_window(state: State) -> None:
    ledger = state.sync_ledger
    wrong = [
        replace(PROVEN, name=name, equality=equality)
        for name, equality in [
            ("B", Equality.DIFFERENT),
            ("a", Equality.UNPROVEN),
            ("é", Equality.ABSENT),
        ]
    ]
    ledger.record("flights", PLACE, DAY, [*reversed(wrong), PROVEN])
    ledger.record("flights", PLACE, "2013-01-06", [PROVEN])
    ledger.record("flights", PLACE, "2013-01-07", [ABSENT])
    ledger.record("flights", PLACE, "2013-01-08", [ABSENT])
    ledger.record("flights", "elsewhere", "2013-01-06", [ABSENT])
    asked = ["2013-01-07", DAY, "2013-01-06", "2013-02-01"]
    found = ledger.troubles("flights", PLACE, asked, limit=2)
    assert list(found.items()) == [(DAY, tuple(wrong[:2])), ("2013-01-07", (ABSENT,))]
    assert ledger.troubles("flights", PLACE, [DAY], limit=9) == {DAY: tuple(wrong)}


def test_tasks_that_record_at_once_lose_nothing(open_state: Callable[[], State]) -> None:
    shared = [replace(PROVEN, name=f"part-{n}") for n in range(200)]

    def record(task: int) -> None:
        own = [replace(PROVEN, name=f"{task}-{n}") for n in range(50)]
        entries = own + (shared if task % 2 else shared[::-1])
        open_state().sync_ledger.record("flights", PLACE, DAY, entries)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))
    assert len(open_state().sync_ledger.entries("flights", PLACE, DAY)) == 4 * 50 + 200


def test_a_window_of_many_objects_takes_few_statements(state: State) -> None:
    entries = by_name(*(replace(PROVEN, name=f"part-{n:06}") for n in range(4_100)))
    statements: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(state._transactions.engine, "before_cursor_execute", told)
    state.sync_ledger.record("flights", PLACE, DAY, list(entries.values()))
    assert state.sync_ledger.entries("flights", PLACE, DAY) == entries
    state.sync_ledger.forget("flights", PLACE, DAY, list(entries)[1:])
    assert list(state.sync_ledger.entries("flights", PLACE, DAY)) == ["part-000000"]
    assert len(statements) < 12
