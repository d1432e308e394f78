"""Spans of windows, two of which are done at once: it shows in nothing but the time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from demo.servers import S3Endpoint
from reconcile.jobs import synchronisation
from reconcile.jobs.syncing import SyncOutcome, sync_span
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import WindowState
from tests.contract.site import Given
from tests.integration.synchronising import SyncBench, sync_bench
from tests.stores import new_bucket, s3_client

DAYS = ["2013-01-03", "2013-01-04", "2013-01-05", "2013-01-06"]
OBJECTS = {"a": b"a", "b": b"b" * 1000}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SyncBench]:
    with sync_bench(tmp_path, str(tmp_path / "a"), str(tmp_path / "b"), Given()) as bench:
        for day in DAYS:
            for name, data in OBJECTS.items():
                bench.write(name, data, day=day)
        yield bench


class Followed:
    """What a span tells, in words."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def planned(self, objects: int, size: int) -> None:
        self.words.append(f"planned {objects} of {size}")

    def copied(self, objects: int, size: int) -> None:
        self.words.append(f"copied {objects} of {size}")


def synced(bench: SyncBench, days: list[str], told: Followed | None = None) -> list[SyncOutcome]:
    told = told or Followed()
    found = sync_span(
        bench.setting,
        bench.dataset,
        [bench.window(day) for day in days],
        progress=told,
        on_window=lambda window: told.words.append(f"{window.name} begins"),
        on_outcome=lambda outcome: told.words.append(f"{outcome.window.name} {outcome.state}"),
    )
    return list(found.outcomes)


@pytest.mark.parametrize("days", [DAYS, DAYS[::-1]], ids=["forwards", "backwards"])
def test_windows_are_told_of_in_their_order(bench: SyncBench, days: list[str]) -> None:
    told = Followed()
    outcomes = synced(bench, days, told)
    assert [outcome.window.name for outcome in outcomes] == days
    told_of = [word for word in told.words if word.startswith("2013")]
    assert told_of == [
        word for day in days for word in (f"{day} begins", f"{day} {WindowState.COMPLETE}")
    ]
    ledger = bench.setting.state.sync_ledger.windows("orders", bench.work().place)
    committed = [ledger[day].committed_at for day in days]
    assert committed == sorted(committed)


def test_a_window_that_another_run_holds_stops_no_other(bench: SyncBench) -> None:
    synchronisation.plan(bench.work(), bench.window(DAYS[1]), "another")
    outcomes = synced(bench, DAYS)
    complete = WindowState.COMPLETE
    assert [outcome.state for outcome in outcomes] == [complete, None, complete, complete]
    assert [bench.held(day=day) == OBJECTS for day in DAYS] == [True, False, True, True]


def test_an_interruption_reaches_all_and_leaves_no_window_held(bench: SyncBench) -> None:
    main = threading.main_thread().ident
    assert main is not None

    class Interrupting(Followed):
        def planned(self, objects: int, size: int) -> None:
            if not self.words[1:]:  # the first window, and once
                signal.pthread_kill(main, signal.SIGINT)
            super().planned(objects, size)

    told = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        synced(bench, DAYS, told)
    assert f"{DAYS[-1]} {WindowState.COMPLETE}" not in told.words
    bench.bench.clock.forward(timedelta(seconds=1))
    again = synced(bench, DAYS)
    assert [outcome.error for outcome in again] == [None] * len(DAYS)
    assert [bench.held(day=day) for day in DAYS] == [OBJECTS] * len(DAYS)


@pytest.mark.servers
@pytest.mark.xdist_group("clouds")
def test_what_each_window_has_asked_for_is_counted_apart(
    tmp_path: Path, s3_endpoint: S3Endpoint
) -> None:
    client = s3_client(s3_endpoint)
    bucket = f"s3://{new_bucket(client)}"
    with sync_bench(tmp_path, bucket, str(tmp_path), Given(s3=client)) as bench:
        for day in DAYS:
            for name, data in OBJECTS.items():
                bench.write(name, data, day=day)
        counts = [bench.traffic(one, Side.SOURCE).requests for one in synced(bench, DAYS)]
        # Two listings, and a read for each object.
        assert counts == [4] * len(DAYS)
