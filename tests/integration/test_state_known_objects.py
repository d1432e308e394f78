"""What is remembered of objects: found while they are the same, never after."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, func, select

from reconcile.model.objects import ObjectInfo
from reconcile.state.database import State
from reconcile.state.known_objects import ObjectFacts
from reconcile.state.schema import known_objects, known_schemas

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
LONG_AFTER = NOW + timedelta(days=91)
HERE = "https://s3.eu-west-1.amazonaws.com/ops"
PART = ObjectInfo("day=1/part.parquet", 1234, "e1", version="v1")
FACTS = ObjectFacts(2**40, b"\xff\x00schema", {"crc64nvme": "AAAA"})


def rows_of(state: State) -> tuple[int, int]:
    """How many objects and schemas are remembered."""
    with state._transactions.read() as connection:
        objects, schemas = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (known_objects, known_schemas)
        )
    return objects, schemas


def test_facts_are_found_as_they_were_kept(state: State) -> None:
    unversioned = replace(PART, name="day=2/part.parquet", version=None)
    none = ObjectFacts(0, b"", {})
    state.known_objects.keep(HERE, [(PART, FACTS), (unversioned, none)], now=NOW)
    found = state.known_objects.find(HERE, [PART, unversioned, replace(PART, name="new")])
    assert found == {PART.name: FACTS, unversioned.name: none}


def test_what_was_written_is_known_in_a_listing_that_tells_no_versions(state: State) -> None:
    state.known_objects.keep(HERE, [(PART, FACTS)], now=NOW)
    assert state.known_objects.find(HERE, [replace(PART, version=None)]) == {PART.name: FACTS}


@pytest.mark.parametrize(
    "change",
    [{"etag": "e2"}, {"version": "v2"}, {"size": 1235}, {"name": "day=1/part"}],
    ids=str,
)
def test_an_object_that_changed_is_not_known(state: State, change: dict[str, str]) -> None:
    state.known_objects.keep(HERE, [(PART, FACTS)], now=NOW)
    assert state.known_objects.find(HERE, [replace(PART, **change)]) == {}  # type: ignore[arg-type]


def test_the_same_name_in_another_store_is_another_object(state: State) -> None:
    state.known_objects.keep(HERE, [(PART, FACTS)], now=NOW)
    assert state.known_objects.find(f"{HERE}/day=1", [replace(PART, name="part.parquet")]) == {}
    assert state.known_objects.find("https://minio:9000/ops", [PART]) == {}


def test_what_is_kept_replaces_what_was_known_of_the_name(state: State) -> None:
    state.known_objects.keep(HERE, [(PART, FACTS)], now=NOW)
    changed = replace(PART, etag="e2", size=9, version=None)
    facts = ObjectFacts(7, b"other", {"sha256": "BBBB"})
    state.known_objects.keep(HERE, [(changed, facts)], now=NOW)
    assert state.known_objects.find(HERE, [PART]) == {}
    assert state.known_objects.find(HERE, [changed]) == {PART.name: facts}


def test_checksums_of_the_same_object_are_united(state: State) -> None:
    for checksums in ({"crc64nvme": "old", "crc32": "CCCC"}, {"crc64nvme": "new"}, {"sha1": "S"}):
        state.known_objects.keep(HERE, [(PART, replace(FACTS, checksums=checksums))], now=NOW)
    (found,) = state.known_objects.find(HERE, [PART]).values()
    assert found.checksums == {"crc64nvme": "new", "crc32": "CCCC", "sha1": "S"}


@pytest.mark.parametrize(
    "name",
    ["x" * 4000, "a\udce9b.parquet", "nul\x00nul", "’é\U0001f600", "A/b", "a/B"],
    ids=["long", "not-unicode", "nul", "beyond-ascii", "upper", "lower"],
)
def test_whatever_an_object_is_called_it_is_known_by_that_name(state: State, name: str) -> None:
    others = [replace(PART, name=other) for other in ("a/b", name[:-1], f"{name}x")]
    known = replace(PART, name=name)
    state.known_objects.keep(HERE, [(known, FACTS)], now=NOW)
    assert state.known_objects.find(HERE, [*others, known]) == {name: FACTS}


def test_ten_thousand_objects_take_few_statements(state: State) -> None:
    objects = [replace(PART, name=f"part-{number:05}") for number in range(10_000)]
    statements: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(state._transactions.engine, "before_cursor_execute", told)
    state.known_objects.keep(HERE, [(info, FACTS) for info in objects], now=NOW)
    assert len(state.known_objects.find(HERE, objects)) == 10_000
    state.known_objects.seen(HERE, objects, now=NOW + timedelta(days=2))
    assert len(statements) < 30
    # Their one schema is kept once, not ten thousand times.
    assert rows_of(state) == (10_000, 1)


def test_runs_that_keep_the_same_objects_at_once_lose_nothing(
    open_state: Callable[[], State],
) -> None:
    runs = [open_state() for _ in range(4)]
    start = Barrier(len(runs))

    def kept(number: int) -> None:
        # Each in an order of its own: two that wait for each other would be stopped by the server.
        objects = [replace(PART, name=f"part-{place:03}") for place in range(300)]
        ordered = objects if number % 2 else objects[::-1]
        facts = replace(FACTS, checksums={f"sum{number}": "X"})
        start.wait()
        runs[number].known_objects.keep(HERE, [(info, facts) for info in ordered], now=NOW)

    with ThreadPoolExecutor(len(runs)) as pool:
        list(pool.map(kept, range(len(runs))))
    found = runs[0].known_objects.find(HERE, [replace(PART, name="part-007")])
    assert set(found["part-007"].checksums) == {"sum0", "sum1", "sum2", "sum3"}


def test_what_was_not_seen_for_90_days_goes_when_something_is_kept(state: State) -> None:
    old, used, fresh = (replace(PART, name=name) for name in ("old", "used", "fresh"))
    state.known_objects.keep(HERE, [(old, FACTS)], now=NOW)
    state.known_objects.keep(HERE, [(used, replace(FACTS, schema=b"used"))], now=NOW)
    state.known_objects.seen(HERE, [used], now=NOW + timedelta(days=30))
    state.known_objects.keep(HERE, [], now=LONG_AFTER)
    assert rows_of(state) == (2, 2)

    state.known_objects.keep(HERE, [(fresh, replace(FACTS, schema=b"fresh"))], now=LONG_AFTER)
    assert set(state.known_objects.find(HERE, [old, used, fresh])) == {"used", "fresh"}
    assert rows_of(state) == (2, 2)


def test_an_object_seen_again_is_written_once_a_day_at_most(state: State) -> None:
    state.known_objects.keep(HERE, [(PART, FACTS)], now=NOW)
    state.known_objects.seen(HERE, [PART], now=NOW + timedelta(hours=23))
    with state._transactions.read() as connection:
        assert connection.execute(select(known_objects.c.seen_at)).scalar_one() == NOW


def test_an_object_whose_schema_is_gone_is_not_known(state: State) -> None:
    state.known_objects.keep(HERE, [(PART, FACTS)], now=NOW)
    with state._transactions.write() as connection:
        connection.execute(known_schemas.delete())
    assert state.known_objects.find(HERE, [PART]) == {}
