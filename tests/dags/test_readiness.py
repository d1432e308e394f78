"""Whether a window is waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.model.dataset import Dataset, Ready
from reconcile.model.discrepancy import Side
from tests.dags.bookings import CLEAN, Bookings
from tests.dags.test_task_steps import ASKED_AT, context

ENDED = datetime(2013, 1, 7, 5, tzinfo=UTC)
"""The end of the clean day, in New York."""


@pytest.fixture
def readiness(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.readiness")


@pytest.fixture
def bookings(tmp_path: Path) -> Dataset:
    return find_dataset("bookings", Bookings.written(tmp_path).datasets)


def is_ready(readiness: ModuleType, dataset: Dataset) -> bool:
    """Of the clean day, whose both sides are waited for."""
    return bool(readiness.is_ready(dataset, context(CLEAN), sides=Side, schedule=dataset.schedule))


@pytest.mark.parametrize(
    ("asked", "ready"),
    [
        (datetime(2013, 1, 7, 10, 30, tzinfo=UTC), False),  # due at 5 in New York, 10:00Z
        (datetime(2013, 1, 7, 16, 0, tzinfo=UTC), True),
        (ASKED_AT, True),
    ],
    ids=["half an hour after it was due", "six hours after", "years after"],
)
def test_the_time_to_wait_counts_from_when_the_window_was_due(
    readiness: ModuleType,
    bookings: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    asked: datetime,
    ready: bool,
) -> None:
    monkeypatch.setattr(readiness, "_now", lambda: asked)
    waiting = replace(bookings, ready=Ready(marker="_SUCCESS", timeout=timedelta(hours=6)))
    assert is_ready(readiness, waiting) is ready


def test_what_is_whole_is_not_waited_for(
    readiness: ModuleType, bookings: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_now", lambda: datetime(2013, 1, 7, 10, 30, tzinfo=UTC))
    waiting = replace(bookings, ready=Ready(marker="_SUCCESS"))
    for side in ("source", "target"):
        (tmp_path / side / f"day={CLEAN}" / "_SUCCESS").touch()
    assert is_ready(readiness, waiting)


def test_a_window_may_be_asked_for_long_before_it_is_due(
    airflow_module: Callable[[str], ModuleType],
    readiness: ModuleType,
    bookings: Dataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Airflow must not end, and fail, what waits in its own right."""
    yearly = replace(bookings, schedule="0 5 1 1 *", ready=Ready(marker="_SUCCESS"))
    due = datetime(2014, 1, 1, 10, tzinfo=UTC)
    monkeypatch.setattr(readiness, "_now", lambda: due)
    assert not is_ready(readiness, yearly)
    waiting = airflow_module("reconcile.orchestration.wait")
    sensor = waiting.WaitForWindow(
        task_id="wait", dataset=yearly, sides=Side, schedule=yearly.schedule
    )
    assert timedelta(seconds=sensor.timeout) > due + Ready().timeout - ENDED


def test_a_sync_waits_for_its_origin_only_and_without_a_schedule_from_the_window_s_end(
    readiness: ModuleType, bookings: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = replace(bookings, ready=Ready(marker="_SUCCESS", timeout=timedelta(hours=6)))

    def origin_is_ready(now: datetime) -> bool:
        monkeypatch.setattr(readiness, "_now", lambda: now)
        asked = context(CLEAN)
        found = readiness.is_ready(waiting, asked, sides=(Side.SOURCE,), schedule=None)
        return bool(found)

    assert not origin_is_ready(ENDED + timedelta(hours=5))
    assert origin_is_ready(ENDED + timedelta(hours=6))
    (tmp_path / "source" / f"day={CLEAN}" / "_SUCCESS").touch()
    assert origin_is_ready(ENDED)
