"""How expected windows stand, and the holes between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.history.calendar import Calendar
from reconcile.history.completeness import (
    Standing,
    StandingState,
    holes,
    standings,
    watermark,
)
from reconcile.model.ledger import SyncedWindow, WindowState
from reconcile.model.sync import Gap
from reconcile.model.window import Grain, Window

NOW = datetime(2013, 1, 8, 12, tzinfo=UTC)
DAYS = Calendar("UTC", Grain.DAY, date(2013, 1, 1))
NEW_YORK = "America/New_York"
_LETTERS = {
    StandingState.COMPLETE: "C",
    StandingState.INCOMPLETE: "I",
    StandingState.LATE: "L",
    StandingState.NOT_DUE: "n",
    StandingState.GAP: "g",
}
_STATES = {"C": WindowState.COMPLETE, "I": WindowState.INCOMPLETE, "E": WindowState.EMPTY}


def at_its_end(window: Window) -> datetime:
    return window.end


def synced(calendar: Calendar, first: str, states: str) -> dict[str, SyncedWindow]:
    """One letter a window from the first on; a dot is one that was never synchronised."""
    found: dict[str, SyncedWindow] = {}
    window: Window | None = calendar.window(first)
    for letter in states:
        assert window is not None
        if letter != ".":
            found[window.name] = SyncedWindow(window.name, _STATES[letter], 9, 90, 2, "r1", NOW)
        window = calendar.next(window)
    return found


def letters(found: Sequence[Standing]) -> str:
    return "".join(_LETTERS[standing.state] for standing in found)


def test_windows_stand_as_they_were_synchronised_and_as_they_are_due() -> None:
    known = synced(DAYS, "2013-01-01", "CIE.CC.E")
    found = standings(DAYS, NOW, known, [], at_its_end)
    assert letters(found) == "CILLCCLn"
    assert [standing.reason for standing in found] == [
        "",
        "2 of 9 objects are not done",
        "the origin held nothing",
        "never synchronised",
        "",
        "",
        "never synchronised",
        "",
    ]


def test_a_window_whose_deletes_were_stopped_lacks_no_object() -> None:
    known = synced(DAYS, "2013-01-01", "I")
    known = {name: replace(window, missing=0) for name, window in known.items()}
    stopped = standings(DAYS, NOW, known, [], at_its_end)[0]
    assert stopped.state is StandingState.INCOMPLETE
    assert stopped.reason == "what the origin has no more was not deleted"


def test_a_window_is_late_from_when_it_is_due() -> None:
    def hours_after(hours: int) -> str:
        found = standings(DAYS, NOW, {}, [], lambda window: window.end + timedelta(hours=hours))
        return letters(found)

    assert hours_after(0) == hours_after(12) == "LLLLLLLn"
    assert hours_after(13) == hours_after(36) == "LLLLLLnn"


def test_a_window_that_is_complete_before_it_is_due_is_complete() -> None:
    known = synced(DAYS, "2013-01-07", "C")
    found = standings(DAYS, NOW, known, [], lambda window: window.end + timedelta(days=2))
    assert letters(found) == "LLLLLnCn"


def test_the_calendar_says_what_is_expected() -> None:
    ended = Calendar("UTC", Grain.DAY, date(2013, 1, 1), date(2013, 1, 4))
    assert letters(standings(ended, NOW, {}, [], at_its_end)) == "LLL"
    assert standings(DAYS, datetime(2012, 12, 31, tzinfo=UTC), {}, [], at_its_end) == ()
    assert letters(standings(DAYS, datetime(2013, 1, 1, tzinfo=UTC), {}, [], at_its_end)) == "n"


def test_a_gap_is_no_hole_and_does_not_stop_the_watermark() -> None:
    gaps = [
        Gap(date(2013, 1, 2), date(2013, 1, 4), "moved"),
        Gap(date(2013, 1, 6), date(2013, 1, 7), "strike"),
    ]
    found = standings(DAYS, NOW, synced(DAYS, "2013-01-01", "C.CI"), gaps, at_its_end)
    assert letters(found) == "CggILgLn"
    assert [standing.reason for standing in found if standing.state is StandingState.GAP] == [
        "moved",
        "moved",
        "strike",
    ]
    assert watermark(found) == datetime(2013, 1, 4, tzinfo=UTC)
    assert [(hole.state.value, hole.span) for hole in holes(found)] == [
        ("incomplete", "2013-01-04"),
        ("late", "2013-01-05"),
        ("late", "2013-01-07"),
    ]


def test_years_of_holes_are_few_spans() -> None:
    calendar = Calendar(NEW_YORK, Grain.DAY, date(2003, 1, 1))
    known = synced(calendar, "2012-02-29", "C") | synced(calendar, "2012-12-31", "CI")
    found = standings(calendar, NOW, known, [], at_its_end)
    assert [(hole.state.value, hole.span) for hole in holes(found)] == [
        ("late", "2003-01-01/2012-02-29"),
        ("late", "2012-03-01/2012-12-31"),
        ("incomplete", "2013-01-01"),
        ("late", "2013-01-02/2013-01-08"),
    ]
    assert watermark(found) is None


def test_what_was_left_out_does_not_join_two_holes() -> None:
    first, second, third, *_ = standings(DAYS, NOW, {}, [], at_its_end)
    assert [hole.span for hole in holes([first, third])] == ["2013-01-01", "2013-01-03"]
    assert [hole.span for hole in holes([second, third])] == ["2013-01-02/2013-01-04"]


def test_days_of_23_and_25_hours_are_one_window_each() -> None:
    calendar = Calendar(NEW_YORK, Grain.DAY, date(2013, 3, 9), date(2013, 11, 5))
    now = datetime(2013, 12, 1, tzinfo=UTC)
    known = synced(calendar, "2013-03-09", "C.C")
    found = standings(calendar, now, known, [], at_its_end)
    assert len(found) == 241
    assert [hole.span for hole in holes(found)] == ["2013-03-10", "2013-03-12/2013-11-05"]
    assert watermark(found) == datetime(2013, 3, 10, 5, tzinfo=UTC)
    spring = standings(calendar, now, synced(calendar, "2013-03-09", "CC"), [], at_its_end)
    assert watermark(spring) == datetime(2013, 3, 11, 4, tzinfo=UTC)


def test_an_hour_that_the_clocks_skipped_is_not_missing() -> None:
    calendar = Calendar(NEW_YORK, Grain.HOUR, date(2013, 3, 10), date(2013, 3, 11))
    known = synced(calendar, "2013-03-10T00", "CCC")
    found = standings(calendar, NOW.replace(month=4), known, [], at_its_end)
    assert [standing.window.name for standing in found[:3]] == [
        "2013-03-10T00",
        "2013-03-10T01",
        "2013-03-10T03",
    ]
    (hole,) = holes(found)
    assert hole.span == "2013-03-10T04/2013-03-11T00"
    assert len(hole.standings) == 20


def test_months_and_a_leap_day() -> None:
    calendar = Calendar("UTC", Grain.MONTH, date(2011, 11, 1))
    gaps = [Gap(date(2012, 2, 1), date(2012, 3, 1), "not kept")]
    known = synced(calendar, "2011-11", "CC") | synced(calendar, "2012-12", "C")
    found = standings(calendar, NOW, known, gaps, at_its_end)
    assert letters(found) == "CCLgLLLLLLLLLCn"
    assert [hole.span for hole in holes(found)] == ["2012-01", "2012-03/2012-12"]
    assert watermark(found) == datetime(2012, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Pacific/Apia", "America/Sao_Paulo"])
def test_a_calendar_may_begin_on_a_day_without_a_midnight(name: str) -> None:
    """Apia had no 30 December 2011; in Sao Paulo 21 October 2012 began at one o'clock."""
    start = date(2011, 12, 30) if name == "Pacific/Apia" else date(2012, 10, 21)
    calendar = Calendar(name, Grain.DAY, start)
    (first, *_) = standings(calendar, NOW, {}, [], at_its_end)
    assert first.window.name == ("2011-12-31" if name == "Pacific/Apia" else "2012-10-21")


CALENDARS = st.sampled_from(
    [
        Calendar(NEW_YORK, Grain.HOUR, date(2013, 3, 9), date(2013, 3, 12)),
        Calendar(NEW_YORK, Grain.DAY, date(2012, 2, 20)),
        Calendar("Pacific/Apia", Grain.DAY, date(2011, 12, 20), date(2012, 1, 20)),
        Calendar("UTC", Grain.MONTH, date(2010, 12, 1)),
    ]
)


@given(CALENDARS, st.lists(st.sampled_from("CIE."), max_size=60), st.integers(-2, 500))
def test_holes_are_exactly_what_is_missing(
    calendar: Calendar, states: list[str], days: int
) -> None:
    first = standings(calendar, NOW.replace(year=2014), {}, [], at_its_end)
    names = [standing.window.name for standing in first]
    known = {
        name: SyncedWindow(name, _STATES[state], 1, 1, 1, "r1", NOW)
        for name, state in zip(names, states, strict=False)
        if state != "."
    }
    gaps = [Gap(date(2012, 3, 1), date(2012, 3, 5), "moved")]
    now = datetime(2012, 2, 25, tzinfo=UTC) + timedelta(days=days)
    found = standings(calendar, now, known, gaps, at_its_end)

    missing = [standing for standing in found if standing.state.is_hole]
    told = [standing for hole in holes(found) for standing in hole.standings]
    assert told == missing
    for hole in holes(found):
        spelt = [standing.window for standing in hole.standings]
        assert list(calendar.span(hole.span)) == spelt
        assert {standing.state for standing in hole.standings} == {hole.state}
    mark = watermark(found)
    before = [standing for standing in found if mark is not None and standing.window.end <= mark]
    assert all(standing.state in (StandingState.COMPLETE, StandingState.GAP) for standing in before)
    after = found[len(before) :]
    assert not after or after[0].state not in (StandingState.COMPLETE, StandingState.GAP)
