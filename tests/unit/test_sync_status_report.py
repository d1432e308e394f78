"""How complete a dataset is, told as a calendar with every hole by name."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest

from reconcile.history.completeness import Standing, StandingState
from reconcile.report.headline import Face
from reconcile.report.printable import columns_wide
from reconcile.report.sync_calendar import MOST_LINES, Mark, calendar, calendar_text
from reconcile.report.sync_content import Undone
from reconcile.report.sync_json import sync_status_json_document
from reconcile.report.sync_standings import is_complete, status_sentence
from reconcile.report.sync_text import sync_status_text
from reconcile.report.text import WIDTH

from .html_page import HOSTILE
from .sync_samples import standings, status, trouble

NEVER = (StandingState.LATE, "never synchronised")
STAND = standings(
    "2013-01-30",
    "2013-02-08",
    {
        "2013-01-31": (StandingState.INCOMPLETE, "4 of 64 objects are not done"),
        "2013-02-01": (StandingState.INCOMPLETE, "1 of 65 objects are not done"),
        "2013-02-03": (StandingState.GAP, "strike"),
        "2013-02-04": (StandingState.GAP, "strike"),
        "2013-02-05": (StandingState.GAP, "snow"),
        "2013-02-07": NEVER,
        "2013-02-08": (StandingState.NOT_DUE, ""),
    },
)
STATUS = status(
    *STAND,
    watermark="2013-01-30",
    undone={"2013-01-31": Undone(4, (trouble("part-1.parquet"), trouble("part-2.parquet")))},
)
ALL_WELL = standings("2013-01-01", "2013-01-02")


def test_the_status_draws_the_calendar_and_names_every_hole() -> None:
    assert sync_status_text(STATUS) == (
        "flights, source to target, 2013-01-30 to 2013-02-08, 10 days\n"
        "\n"
        "✗ INCOMPLETE. 3 of 6 days due are complete; 2 incomplete and 1 late. "
        "Complete up to 2013-01-30.\n"
        "\n"
        "         1234567890123456789012345678901\n"
        "2013-01                               ✓✗\n"
        "2013-02  ✗✓---✓!·\n"
        "         ✓ Complete   ✗ Incomplete   - Declared gap   ! Late   · Not due\n"
        "\n"
        "Incomplete\n"
        "  - 2013-01-31 to 2013-02-01, 2 days\n"
        "    2013-01-31: 4 of 64 objects are not done\n"
        "    2013-02-01: 1 of 65 objects are not done\n"
        "    2013-01-31 lacks 4 objects:\n"
        "      part-1.parquet: missing, the name is too long for Blob Storage\n"
        "      part-2.parquet: missing, the name is too long for Blob Storage\n"
        "      … 2 more\n"
        "\n"
        "Late\n"
        "  - 2013-02-07: never synchronised\n"
        "\n"
        "Declared gaps\n"
        "  - 2013-02-03 to 2013-02-04, 2 days: strike\n"
        "  - 2013-02-05: snow\n"
        "\n"
        "What to do next\n"
        "  - `reconcile sync flights --window 2013-01-31/2013-02-02`\n"
        "  - `reconcile sync flights --window 2013-02-07`\n"
    )


@pytest.mark.parametrize(
    ("stand", "sentence"),
    [
        ((), "No window is expected yet."),
        (ALL_WELL[:1], "The one day due is complete."),
        (ALL_WELL, "All 2 days due are complete."),
        (STAND[-1:], "No day is due yet."),
        (STAND[-2:], "0 of 1 day due is complete; 1 late."),
        (STAND[:2], "1 of 2 days due is complete; 1 incomplete."),
    ],
    ids=["none", "one", "all", "not-due", "late", "incomplete"],
)
def test_the_sentence(stand: tuple[Standing, ...], sentence: str) -> None:
    assert status_sentence(status(*stand)) == sentence
    assert sentence in sync_status_text(status(*stand))


def test_what_was_not_looked_at_is_said() -> None:
    assert "the source was not looked at" in sync_status_text(status(*ALL_WELL, looked=False))
    assert "not looked at" not in sync_status_text(status(*ALL_WELL))


def test_gaps_and_what_is_not_due_are_no_holes() -> None:
    assert is_complete(status(*STAND[4:7], STAND[-1]).standings)
    assert not is_complete(STAND[:2])
    assert not is_complete(STAND[8:9])
    assert is_complete(())


def test_a_long_hole_is_one_line_and_one_command() -> None:
    days = [date(2013, 1, 1) + timedelta(days=n) for n in range(365)]
    stand = standings("2013-01-01", "2013-12-31", {str(each): NEVER for each in days})
    text = sync_status_text(status(*stand))
    assert "- 2013-01-01 to 2013-12-31, 365 days: never synchronised\n" in text
    assert text.count("never synchronised") == 1
    assert "--window 2013-01-01/2014-01-01`" in text


def test_many_holes_are_counted_past_a_few_commands() -> None:
    late = {f"2013-01-{n:02}": NEVER for n in range(1, 30, 2)}
    text = sync_status_text(status(*standings("2013-01-01", "2013-01-31", late)))
    assert text.count("`reconcile sync") == 5
    assert "and 10 further holes likewise" in text


def test_the_json_has_every_window_and_hole() -> None:
    document = json.loads(json.dumps(sync_status_json_document(STATUS)))
    assert document["complete"] is False
    assert document["watermark"] == "2013-01-30"
    assert document["counts"] == {
        "complete": 3,
        "incomplete": 2,
        "late": 1,
        "not_due": 1,
        "gap": 3,
    }
    assert [(hole["span"], hole["state"]) for hole in document["holes"]] == [
        ("2013-01-31/2013-02-02", "incomplete"),
        ("2013-02-07", "late"),
    ]
    lacking = document["holes"][0]["not_done"]["2013-01-31"]
    assert (lacking["objects"], lacking["first"][0]["name"]) == (4, "part-1.parquet")
    assert len(document["windows"]) == 10
    assert document["windows"][4] == {"window": "2013-02-03", "state": "gap", "reason": "strike"}


def test_hostile_words_stay_words_and_lines_stay_narrow() -> None:
    stand = standings(
        "2013-01-01",
        "2013-01-03",
        {
            "2013-01-01": (StandingState.INCOMPLETE, HOSTILE + "x" * 300),
            "2013-01-02": (StandingState.GAP, "\x1b[2J" + "東" * 200),
        },
    )
    undone = {"2013-01-01": Undone(1, (trouble(HOSTILE + "y" * 1024, reason="\x07"),))}
    text = sync_status_text(status(*stand, undone=undone))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert max(map(columns_wide, text.splitlines())) <= WIDTH


GOOD = Face("Good", "+", "matched")


def test_hours_stand_a_line_a_day_and_months_a_line_a_year() -> None:
    hours = calendar([Mark(f"2013-01-0{day}T{n:02}", GOOD) for day in (1, 2) for n in (0, 23)])
    assert calendar_text(hours)[1:3] == [
        f"2013-01-01  +{' ' * 22}+",
        f"2013-01-02  +{' ' * 22}+",
    ]
    months = calendar([Mark("2012-12", GOOD), Mark("2013-01", GOOD)])
    assert [line.period for line in months.lines] == ["2012", "2013"]
    assert months.lines[0].marks[0][0] == 11
    assert months.lines[1].marks[0][0] == 0


def test_windows_that_are_named_like_no_date_stand_in_one_line() -> None:
    (line,) = calendar([Mark("a", GOOD), Mark("b", GOOD)]).lines
    assert [place for place, _ in line.marks] == [0, 1]


def test_what_is_too_long_ago_is_counted_and_not_drawn() -> None:
    marks = [
        Mark(f"{year}-{month:02}-01", GOOD) for year in range(2000, 2010) for month in range(1, 13)
    ]
    shown = calendar(marks)
    assert len(shown.lines) == MOST_LINES
    assert len(shown.earlier) == len(marks) - MOST_LINES
    assert shown.lines[-1].period == "2009-12"
    old = standings("2000-01-01", "2009-12-31")
    assert "not drawn: 1,827 days before 2005-01" in sync_status_text(status(*old))
