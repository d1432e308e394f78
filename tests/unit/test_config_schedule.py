"""Cron lines on the clock of a time zone."""

from datetime import UTC, datetime

import pytest

from reconcile.config.schedule import Schedule, check_cron, check_one_tick_a_window
from reconcile.errors import BadInput
from reconcile.model.window import Grain


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "now", "tick"),
    [
        pytest.param("0 5 * * *", utc(2013, 1, 6, 5), utc(2013, 1, 6, 10), id="later that day"),
        pytest.param("0 5 * * *", utc(2013, 1, 6, 10), utc(2013, 1, 6, 10), id="at the tick"),
        pytest.param(
            "0 5 * * *", utc(2013, 1, 6, 10, 0, 0, 1), utc(2013, 1, 7, 10), id="just past it"
        ),
        pytest.param("0 5 * * *", utc(2013, 7, 6, 5), utc(2013, 7, 6, 9), id="in summer"),
        pytest.param("30 2 * * *", utc(2013, 3, 10, 5), utc(2013, 3, 10, 7), id="skipped time"),
        pytest.param("30 2 * * *", utc(2013, 3, 10, 7), utc(2013, 3, 10, 7), id="skipped, at it"),
        pytest.param("30 1 * * *", utc(2013, 11, 3, 4), utc(2013, 11, 3, 5, 30), id="twice"),
        pytest.param(
            "30 1 * * *", utc(2013, 11, 3, 6), utc(2013, 11, 4, 6, 30), id="the second time"
        ),
        pytest.param("0 6 1 * *", utc(2013, 1, 2), utc(2013, 2, 1, 11), id="monthly"),
    ],
)
def test_the_first_tick_at_or_after_an_instant(cron: str, now: datetime, tick: datetime) -> None:
    assert Schedule(cron, "America/New_York").first_at_or_after(now) == tick


@pytest.mark.parametrize(
    "cron",
    ["@daily", "0 5 * *", "0 5 * * * *", "60 5 * * *", "0 5 31 2 *", "R 5 * * *", "H 5 * * *", ""],
)
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(BadInput):
        check_cron(cron)


@pytest.mark.parametrize(
    ("cron", "grain"),
    [
        ("0 5 * * *", Grain.DAY),
        ("0 5 * * mon-fri", Grain.DAY),
        ("15 * * * *", Grain.HOUR),
        ("15 */2 * * *", Grain.HOUR),
        ("0 6 1 * *", Grain.MONTH),
        ("0 6 L * *", Grain.MONTH),
    ],
)
def test_a_schedule_with_a_tick_a_window_is_accepted(cron: str, grain: Grain) -> None:
    check_one_tick_a_window(cron, grain)


@pytest.mark.parametrize(
    ("cron", "grain"),
    [
        ("0 5,17 * * *", Grain.DAY),
        ("*/30 5 * * *", Grain.DAY),
        ("0 * * * *", Grain.DAY),
        ("0,30 * * * *", Grain.HOUR),
        ("* * * * *", Grain.HOUR),
        ("0 6 * * *", Grain.MONTH),
        ("0 6 1,15 12 *", Grain.MONTH),
        ("0 6 28,29 2 *", Grain.MONTH),
        ("0 6 1 * mon", Grain.MONTH),
    ],
)
def test_two_ticks_for_one_window_are_refused(cron: str, grain: Grain) -> None:
    with pytest.raises(BadInput, match=f"at most one tick a {grain.value}"):
        check_one_tick_a_window(cron, grain)
