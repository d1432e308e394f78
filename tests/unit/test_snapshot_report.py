"""The auditor's report on snapshots, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconcile.model.snapshot import (
    Hold,
    LedgerAction,
    Objectives,
    Protection,
    Retention,
    Standing,
)
from reconcile.report.printable import columns_wide
from reconcile.report.snapshot_calendar import snapshot_calendar
from reconcile.report.snapshot_content import RepositoryAccount, SnapshotReport
from reconcile.report.snapshot_facts import counts, newest_good, recovery_point, recovery_time
from reconcile.report.snapshot_headline import (
    counts_sentence,
    exit_code,
    findings,
    snapshot_face,
    snapshot_sentence,
)
from reconcile.report.snapshot_html import snapshot_html_report
from reconcile.report.snapshot_json import snapshot_json_document
from reconcile.report.snapshot_text import snapshot_text_report
from reconcile.report.snapshot_words import (
    ago_text,
    protection_text,
    retention_text,
    share_read_text,
    span_text,
)
from reconcile.report.text import WIDTH

from .html_page import (
    HOSTILE,
    Page,
    require_that_it_asks_for_nothing_and_runs_nothing,
    require_that_it_can_be_read_aloud,
    require_that_nothing_hostile_became_markup,
)
from .snapshot_samples import NOON, RULES, line, proofs, sample, standing, thinned

TODAY = NOON.replace(hour=7)
WELL = (standing(TODAY - timedelta(days=1)), standing(TODAY))
TORN = sample()
EMPTY = sample((), lines=())
UNREAD = sample((), lines=(), repository={"error": "s3://backup does not answer"})
EVERY = (sample(WELL), TORN, EMPTY, UNREAD, sample(copy=None))


def test_all_is_well_where_nothing_is_found() -> None:
    report = sample(WELL)
    assert findings(report) == ()
    assert (snapshot_face(report).word, exit_code(report)) == ("Protected", 0)
    assert snapshot_sentence(report) == (
        "A restore brings back flights as it was 5 h ago: 2 of 2 snapshots are good. "
        "A drill proved it on 2013-02-05."
    )


FAILED_DRILL = line(LedgerAction.DRILL, NOON, {"seconds": 5.0, "verdict": "breached"})
SLOW_DRILL = line(LedgerAction.DRILL, NOON, {"seconds": 5 * 3600.0, "verdict": "matched"})
TROUBLES = {
    "none": (EMPTY, "Not protected", "There is no snapshot yet.", "snapshot create flights"),
    "lost": (
        sample((), lines=(), copy=RepositoryAccount("az://backup", standings=WELL)),
        "Not protected",
        "The repository holds no snapshot any more; the second one holds 2 snapshots.",
        "restore with --copy",
    ),
    "unverified": (
        sample((standing(TODAY, good=False),)),
        "Not protected",
        "No snapshot is known to be good.",
        "snapshot verify flights",
    ),
    "newest damaged": (
        sample((*WELL, standing(TODAY + timedelta(hours=1), damaged=("a chunk is gone",)))),
        "Not protected",
        "1 snapshot is damaged.",
        "--read all",
    ),
    "older damaged": (TORN, "Needs attention", "1 snapshot is damaged.", "snapshot create"),
    "too old": (
        sample((standing(TODAY - timedelta(days=3)),)),
        "Not protected",
        "The newest good snapshot is 3 days 5 h old; at most 26 h is wanted.",
        "snapshot create flights",
    ),
    "future": (
        sample((*WELL, standing(NOON + timedelta(days=2)))),
        "Needs attention",
        "1 snapshot dated in the future",
        "clock",
    ),
    "backdated": (
        sample((replace(standing(TODAY - timedelta(days=9)), recorded_at=NOON), *WELL)),
        "Needs attention",
        "1 snapshot backdated, such as ",
        "who wrote it, or whose clock",
    ),
    "only backdated": (
        sample((replace(standing(TODAY - timedelta(days=9)), recorded_at=NOON),)),
        "Not protected",
        "No snapshot is known to be good.",
        "snapshot create flights",
    ),
    "failed drill": (
        sample(WELL, lines=(*proofs(WELL), FAILED_DRILL)),
        "Not protected",
        "The last drill failed, on 2013-02-06 12:00:00 UTC.",
        "snapshot drill flights",
    ),
    "slow": (
        sample(WELL, lines=(*proofs(WELL), SLOW_DRILL)),
        "Needs attention",
        "The last drill took 5 h; at most 4 h is wanted.",
        "limits",
    ),
    "never drilled": (
        sample(WELL, lines=()),
        "Needs attention",
        "No restore was ever proven by a drill.",
        "snapshot drill flights",
    ),
    "not locked": (
        sample(WELL, repository={"unprotected": "the store cannot lock objects"}),
        "Needs attention",
        "Nothing is locked at s3://backup/flights: the store cannot lock objects.",
        "take `lock` out",
    ),
    "not copied": (
        sample(WELL, copy=RepositoryAccount("az://backup", standings=WELL[:1])),
        "Needs attention",
        "The newest good snapshot is not in the second repository.",
        "snapshot copy flights",
    ),
    "copy damaged": (
        sample(
            WELL,
            copy=RepositoryAccount(
                "az://backup", standings=(WELL[0], replace(WELL[1], damaged=("a chunk is gone",)))
            ),
        ),
        "Needs attention",
        "1 snapshot is damaged in the second repository.",
        "snapshot copy flights` sends again",
    ),
    "copy away": (
        sample(WELL, copy=RepositoryAccount("az://backup", error="az://backup does not answer")),
        "Needs attention",
        "The copy cannot be read: az://backup does not answer",
        "snapshot copy flights",
    ),
    "tampered": (
        sample(WELL, repository={"problems": ("line 4 was edited",)}),
        "Not protected",
        "line 4 was edited",
        "who can write",
    ),
    "away": (UNREAD, "Not known", "s3://backup does not answer", "ask for this report again"),
}


@pytest.mark.parametrize(("report", "word", "text", "step"), TROUBLES.values(), ids=TROUBLES)
def test_what_is_not_as_it_should_be_is_told_with_a_next_step(
    report: SnapshotReport, word: str, text: str, step: str
) -> None:
    assert snapshot_face(report).word == word
    assert exit_code(report) == (3 if word == "Not known" else 1)
    [found] = [one for one in findings(report) if text in one.text]
    assert step in found.step
    for shown in (snapshot_text_report(report), Page(snapshot_html_report(report)).words):
        assert text in " ".join(shown.split()).replace("\u00a0", " ")
    assert text in json.dumps(snapshot_json_document(report))


def test_a_restore_whose_rows_were_not_right_proves_nothing() -> None:
    details = {"seconds": 5.0, "rows": 3, "rehearsal": False, "problems": ["a has 2 rows"]}
    report = sample(WELL, lines=(line(LedgerAction.RESTORE, NOON, details),))
    assert "No restore has proven it yet." in snapshot_sentence(report)
    assert "FAILED" in snapshot_text_report(report)
    assert "by no restore, by no drill" in snapshot_html_report(report)
    assert [one["proven"] for one in snapshot_json_document(report)["trials"]] == [False]


def test_a_changed_ledger_is_no_ground_for_a_promise() -> None:
    report = sample(WELL, repository={"problems": ("line 4 was edited",)})
    assert snapshot_sentence(report) == (
        "What the repository says of flights was changed, and proves nothing."
    )


def test_each_snapshot_is_counted_once_and_future_ones_are_not_good() -> None:
    some = (*thinned(), standing(NOON + timedelta(days=1)))
    number = counts(some, NOON)
    assert (number.good, number.inconsistent, number.damaged, number.future) == (9, 1, 1, 1)
    assert number.all == len(some)
    assert counts_sentence(some, NOON) == (
        "12 snapshots: 9 good, 1 inconsistent, 1 damaged, 1 dated in the future."
    )
    newest = newest_good(some, NOON)
    assert newest is not None
    assert newest.manifest.taken_at == TODAY


def test_a_snapshot_of_some_windows_is_no_recovery_point_of_the_dataset() -> None:
    part = standing(NOON, of={"span": ("2013-02-05", "2013-02-05")})
    old = standing(TODAY - timedelta(days=3))
    point = recovery_point(sample((old, part)))
    assert (point.measured, point.met) == (timedelta(days=3, hours=5), False)


def test_objectives_that_nobody_declares_are_neither_met_nor_missed() -> None:
    report = sample(WELL, rules=replace(RULES, objectives=Objectives()))
    assert (recovery_point(report).met, recovery_time(report).met) == (None, None)
    assert recovery_point(sample(WELL)).met is True
    assert recovery_time(sample(WELL)).measured == timedelta(seconds=754.2)
    assert "no objective declared" in Page(snapshot_html_report(report)).words


def test_a_restore_that_had_little_to_do_is_no_recovery_time() -> None:
    again = line(LedgerAction.RESTORE, NOON, {"seconds": 0.07, "rows": 10})
    report = sample(WELL, lines=(*proofs(WELL), again))
    assert recovery_time(report).measured == timedelta(seconds=754.2)
    assert recovery_time(sample(WELL, lines=(again,))).measured is None


def test_the_calendar_goes_by_the_days_of_the_dataset() -> None:
    late = datetime(2013, 2, 5, 2, tzinfo=UTC)  # still the 4th in New York
    shown = snapshot_calendar(sample((standing(late),)))
    [period] = shown.lines
    marks = {mark.window: mark.face.word for _, mark in period.marks}
    assert marks == {
        "2013-02-04": "Good",
        "2013-02-05": "No snapshot",
        "2013-02-06": "No snapshot",
    }


def test_the_calendar_shows_the_damaged_snapshot_of_a_day_that_has_a_good_one_too() -> None:
    some = (standing(TODAY, damaged=("gone",)), standing(TODAY + timedelta(hours=1)))
    ((_, mark),) = snapshot_calendar(sample(some)).lines[0].marks
    assert (mark.face.word, mark.reason) == ("Damaged", "2 snapshots")


def test_held_and_restored_snapshots_are_marked_in_the_calendar() -> None:
    marks = [mark for one in snapshot_calendar(TORN).lines for _, mark in one.marks]
    traits = {mark.window: mark.traits for mark in marks if mark.traits}
    assert traits == {"2013-01-18": ("held",), "2013-02-04": ("proven",)}
    page = snapshot_html_report(TORN)
    assert page.count('class="trait held"') == page.count('class="trait proven"') == 2  # and legend


@pytest.mark.parametrize(
    "wrong", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 11, 1, tzinfo=UTC)]
)
def test_a_clock_gone_wrong_draws_no_centuries(wrong: datetime) -> None:
    one = standing(TODAY)
    odd = Standing(replace(one.manifest, id="odd", taken_at=wrong))
    some = tuple(sorted((*WELL, odd), key=lambda each: each.manifest.taken_at))
    assert len(snapshot_calendar(sample(some)).lines) <= 60
    for write in WRITERS:
        write(sample(some))


WRITERS: tuple[Callable[[SnapshotReport], Any], ...] = (
    snapshot_html_report,
    snapshot_text_report,
    snapshot_json_document,
)


def test_pages_ask_for_nothing_and_can_be_read_aloud() -> None:
    for report in EVERY:
        page = snapshot_html_report(report)
        require_that_it_asks_for_nothing_and_runs_nothing(page)
        require_that_it_can_be_read_aloud(page)


def test_text_is_no_wider_than_a_terminal() -> None:
    for report in EVERY:
        assert max(map(columns_wide, snapshot_text_report(report).splitlines())) <= WIDTH


def test_nothing_hostile_becomes_markup() -> None:
    held = Hold(HOSTILE, HOSTILE, NOON)
    of = {"id": HOSTILE, "tags": (HOSTILE,), "span": (HOSTILE, HOSTILE), "reasons": (HOSTILE,)}
    some = (standing(TODAY, of=of, holds=(held,), damaged=(HOSTILE,)),)
    lines = tuple(
        line(action, NOON, {"read": HOSTILE, "seconds": HOSTILE, "rows": HOSTILE}, HOSTILE)
        for action in LedgerAction
    )
    report = sample(
        some,
        lines=lines,
        description=HOSTILE,
        owner=HOSTILE,
        location=HOSTILE,
        copy=RepositoryAccount(HOSTILE, error=HOSTILE),
        repository={"problems": (HOSTILE,), "unprotected": HOSTILE, "location": HOSTILE},
    )
    require_that_nothing_hostile_became_markup(snapshot_html_report(report))
    assert "\u202e" not in snapshot_text_report(report)
    json.dumps(snapshot_json_document(report))


def test_the_document_has_what_an_auditor_asks() -> None:
    document = json.loads(json.dumps(snapshot_json_document(TORN)))
    assert document["state"] == "needs attention"
    assert document["snapshots"]["good"] == 9
    assert document["recovery_point"] == {
        "seconds": 18000.0,
        "objective_seconds": 93600.0,
        "met": True,
    }
    assert document["protected_since"] == "2013-01-04T07:00:00+00:00"
    [trial] = document["trials"]
    assert (trial["action"], trial["proven"], trial["seconds"]) == ("drill", True, 754.2)
    saved = {one["taken_at"][:10]: one for one in document["repository"]["snapshots"]}
    assert saved["2013-01-18"]["holds"][0]["reason"] == "audit of January, case 4711"
    assert saved["2013-02-01"]["state"] == "damaged"
    assert saved["2013-02-06"]["locked"]["until"] == "2013-03-13T07:00:00+00:00"
    assert saved["2013-02-06"]["kept_because"] == ["daily 2013-02-06"]


def test_a_ledger_line_cannot_pass_itself_off_as_something_else() -> None:
    forged = line(LedgerAction.DRILL, NOON, {"at": "never", "by": "nobody", "verdict": "matched"})
    [trial] = snapshot_json_document(sample(WELL, lines=(forged,)))["trials"]
    assert (trial["by"], trial["at"]) == ("mia@ops1", "2013-02-06T12:00:00+00:00")


def test_many_snapshots_do_not_make_an_endless_page() -> None:
    some = tuple(standing(TODAY - timedelta(hours=n)) for n in range(500, -1, -1))
    page = Page(snapshot_html_report(sample(some)))
    assert "The newest 200 of 501." in page.words
    assert len(snapshot_text_report(sample(some)).splitlines()) < 100


WORDS = {
    "seconds": (span_text(timedelta(seconds=42)), "42.0 s"),
    "hours": (span_text(timedelta(hours=26)), "26 h"),
    "days": (span_text(timedelta(days=3, hours=4)), "3 days 4 h"),
    "weeks": (span_text(timedelta(days=20, hours=4)), "20 days"),
    "unknown": (span_text(None), "not known"),
    "young": (ago_text(NOON - timedelta(seconds=3), NOON), "less than 1 min ago"),
    "minutes": (ago_text(NOON - timedelta(seconds=237), NOON), "3 min ago"),
    "never": (ago_text(None, NOON), "never"),
    "ahead": (ago_text(NOON + timedelta(hours=2), NOON), "in 2 h"),
    "kept": (
        retention_text(Retention(daily=7, weekly=1, keep_within=timedelta(days=14), tags=("a",))),
        "the newest of 7 days, 1 week; all of the last 14 days; all tagged a",
    ),
    "all kept": (retention_text(Retention()), "everything is kept"),
    "free": (protection_text(Protection()), "not locked"),
    "locked": (protection_text(Protection(NOON, legal_hold=True)), "until 2013-02-06, legal hold"),
    "share": (share_read_text(0.05), "5 %"),
    "no share": (share_read_text("a lot"), "not known"),
}


@pytest.mark.parametrize(("told", "expected"), WORDS.values(), ids=WORDS)
def test_words(told: str, expected: str) -> None:
    assert told == expected
