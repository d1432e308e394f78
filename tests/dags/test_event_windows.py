"""Which windows the events of a run name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from reconcile.history.calendar import Calendar
from reconcile.model.window import Grain

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

DAYS = Calendar("America/New_York", Grain.DAY, date(2013, 1, 1), date(2014, 1, 1))
NOW = datetime(2013, 2, 1, 5, tzinfo=UTC)  # midnight in New York
BEGUN = NOW.replace(hour=6)


@dataclass(frozen=True)
class Event:
    extra: Mapping[str, Any]
    asset: Any = field(default_factory=lambda: SimpleNamespace(name="s3://ops/flights"))


@pytest.fixture(scope="module")
def module(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.event_windows")


def named(module: ModuleType, *extras: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    found = module.windows_of_events([Event(extra) for extra in extras], DAYS, now=NOW)
    return [window.name for window in found.windows], found.refused


def test_each_window_once_in_their_order_spans_as_well(module: ModuleType) -> None:
    extras = ["2013-01-09", "2013-01-05", "2013-01-09", "2013-01-04/2013-01-06"]
    windows, refused = named(module, *({"window": text, "rows": 1} for text in extras))
    assert windows == ["2013-01-04", "2013-01-05", "2013-01-09"]
    assert refused == ()


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        ({}, "names no window; found no text; expected an extra such as"),
        ({"window": 20130105}, "names no window; found 20130105; expected an extra such as"),
        ({"window": "soon"}, "names no window to reconcile; found 'soon': "),
        ({"window": "2013-02-01"}, "found '2013-02-01': window 2013-02-01 has not ended"),
        ({"window": "2012-12-31"}, "found '2012-12-31': "),
        ({"window": "a\n" + "b" * 1_000}, r"found 'a\n"),
    ],
    ids=["none", "a number", "no date", "not ended", "before the start", "long"],
)
def test_an_event_without_a_window_is_one_line_and_takes_nothing_from_the_others(
    module: ModuleType, extra: Mapping[str, Any], complaint: str
) -> None:
    windows, (line,) = named(module, {"window": "2013-01-05"}, extra, extra)
    assert windows == ["2013-01-05"]
    assert line.startswith("an event of the Asset s3://ops/flights")
    assert complaint in line
    assert "\n" not in line
    assert len(line) < 400


class Narrowed:
    def __init__(self, *events: tuple[str, Event]) -> None:
        self.events = events
        self.bounds = ("", "")

    def after(self, text: str) -> Narrowed:
        self.bounds = (text, self.bounds[1])
        return self

    def before(self, text: str) -> Narrowed:
        self.bounds = (self.bounds[0], text)
        return self

    def __iter__(self) -> Any:
        return (event for at, event in self.events if self.bounds[0] <= at <= self.bounds[1])


class Kept(dict[str, Any]):
    """What a task keeps in Airflow, and how long."""

    def __init__(self) -> None:
        self.retentions: set[timedelta | None] = set()

    def set(self, key: str, value: Any, *, retention: timedelta | None = None) -> None:
        self[key] = value
        self.retentions.add(retention)


def context(
    handed: list[Event],
    inlet: Narrowed,
    *,
    begun: datetime = BEGUN,
    kept: Kept | None = None,
) -> dict[str, Any]:
    return {
        "triggering_asset_events": {"asset": handed} if handed else {},
        "inlet_events": {"asset": inlet},
        "dag_run": SimpleNamespace(run_after=NOW, start_date=begun),
        "task_state_store": Kept() if kept is None else kept,
    }


def test_what_airflow_passes_over_before_the_run_begins_is_looked_up(module: ModuleType) -> None:
    first, between, later = (Event({"window": f"2013-01-0{n}"}) for n in (1, 2, 3))
    inlet = Narrowed(("2013-02-01T05:30:00+00:00", between), ("2013-02-01T06:30:00+00:00", later))
    assert module.events_of_run(context([first], inlet)) == [first, between]


def test_a_task_that_is_cleared_later_is_given_the_events_of_its_first_time(
    module: ModuleType,
) -> None:
    first, between, later = (Event({"window": f"2013-01-0{n}"}) for n in (1, 2, 3))
    inlet = Narrowed(("2013-02-01T05:30:00+00:00", between), ("2013-02-09T06:30:00+00:00", later))
    kept = Kept()
    for begun in (BEGUN, NOW.replace(month=3)):
        given = context([first], inlet, begun=begun, kept=kept)
        assert module.events_of_run(given) == [first, between]
    assert kept.retentions == {timedelta.max}


def test_a_run_that_no_event_started_answers_none(module: ModuleType) -> None:
    inlet = Narrowed(("2013-02-01T05:30:00+00:00", Event({"window": "2013-01-02"})))
    assert module.events_of_run(context([], inlet)) == []
