"""What is remembered of places: found while exactly the same objects lie there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

from sqlalchemy import event

from reconcile.model.fingerprint import Fingerprint
from reconcile.state.database import State

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
PLACE, OTHER = "a" * 64, "b" * 64
OBJECTS, OTHERS = "1" * 64, "2" * 64
LARGEST = 2**63 * (2**63 - 1)
PRINT = Fingerprint(2**63 - 1, 2**62, LARGEST, LARGEST - 1, 0)


def test_sums_beyond_every_number_type_come_back_exactly(state: State) -> None:
    state.fingerprints.keep({PLACE: (OBJECTS, PRINT)}, now=NOW)
    assert state.fingerprints.find({PLACE: OBJECTS}) == {PLACE: PRINT}


def test_other_objects_or_another_place_have_no_fingerprint(state: State) -> None:
    state.fingerprints.keep({PLACE: (OBJECTS, PRINT)}, now=NOW)
    assert state.fingerprints.find({PLACE: OTHERS, OTHER: OBJECTS}) == {}


def test_a_place_has_the_fingerprint_kept_last(state: State) -> None:
    newer = replace(PRINT, rows=1)
    state.fingerprints.keep({PLACE: (OBJECTS, PRINT), OTHER: (OBJECTS, PRINT)}, now=NOW)
    state.fingerprints.keep({PLACE: (OTHERS, newer)}, now=NOW)
    assert state.fingerprints.find({PLACE: OBJECTS, OTHER: OBJECTS}) == {OTHER: PRINT}
    assert state.fingerprints.find({PLACE: OTHERS}) == {PLACE: newer}


def test_ten_thousand_places_take_few_statements(state: State) -> None:
    places = [f"{number:064x}" for number in range(10_000)]
    statements: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(state._transactions.engine, "before_cursor_execute", told)
    state.fingerprints.keep(dict.fromkeys(places, (OBJECTS, PRINT)), now=NOW)
    assert len(state.fingerprints.find(dict.fromkeys(places, OBJECTS))) == 10_000
    assert len(statements) < 15


def test_runs_that_keep_the_same_places_at_once_leave_one_of_theirs(
    open_state: Callable[[], State],
) -> None:
    runs = [open_state() for _ in range(4)]
    places = [f"{number:064x}" for number in range(300)]
    start = Barrier(len(runs))

    def kept(number: int) -> None:
        mine = {place: (OBJECTS, replace(PRINT, rows=number)) for place in places}
        start.wait()
        runs[number].fingerprints.keep(mine, now=NOW)

    with ThreadPoolExecutor(len(runs)) as pool:
        list(pool.map(kept, range(len(runs))))
    found = runs[0].fingerprints.find(dict.fromkeys(places, OBJECTS))
    assert len(found) == len(places)
    assert {fingerprint.rows for fingerprint in found.values()} <= set(range(len(runs)))


def test_what_was_not_seen_for_90_days_goes_when_something_is_kept(state: State) -> None:
    old, used, fresh = PLACE, OTHER, "c" * 64
    state.fingerprints.keep({old: (OBJECTS, PRINT), used: (OBJECTS, PRINT)}, now=NOW)
    state.fingerprints.seen([used], now=NOW + timedelta(days=2))
    state.fingerprints.keep({}, now=NOW + timedelta(days=91))
    assert len(state.fingerprints.find({old: OBJECTS})) == 1

    state.fingerprints.keep({fresh: (OBJECTS, PRINT)}, now=NOW + timedelta(days=91))
    assert set(state.fingerprints.find(dict.fromkeys([old, used, fresh], OBJECTS))) == {used, fresh}
