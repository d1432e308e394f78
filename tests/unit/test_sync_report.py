"""The report on a sync, in every format."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reconcile.errors import BadInput, Unbalanced
from reconcile.history.completeness import StandingState
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import Equality, WindowState
from reconcile.model.price import Price, PriceList, sum_of
from reconcile.model.traffic import Traffic
from reconcile.report.markdown import markdown_of
from reconcile.report.printable import columns_wide
from reconcile.report.sync_content import SyncFigures, SyncReport, SyncWindowReport
from reconcile.report.sync_headline import next_steps, sync_sentence
from reconcile.report.sync_html import sync_html_report
from reconcile.report.sync_json import sync_json_document
from reconcile.report.sync_outline import sync_outline
from reconcile.report.sync_text import sync_summary
from reconcile.report.text import WIDTH, text_of

from .html_page import (
    HOSTILE,
    Page,
    require_that_it_asks_for_nothing_and_runs_nothing,
    require_that_it_can_be_read_aloud,
    require_that_nothing_hostile_became_markup,
)
from .sync_samples import (
    empty,
    failed,
    figures,
    standings,
    sync_report,
    synced,
    trouble,
)

PRICES = PriceList("USD", {"s3://": Price(Decimal("0.09"), Decimal("0.4")),
                           "az://": Price(Decimal("0.0875"), Decimal("0.5"))})  # fmt: skip
TORN = synced(
    "2013-01-07",
    figures(
        kept=30,
        proved=4,
        copied=20,
        server_side=15,
        replaced=6,
        absent=2,
        different=1,
        unproven=1,
        deleted=2,
        left=3,
    ),
    troubles=(
        trouble("part-1.parquet"),
        trouble("part-2.parquet"),
        trouble("part-3.parquet", Equality.DIFFERENT, "overwritten while it was verified"),
    ),
    deletes_stopped="12 of 40 objects would be deleted; the brake lets 10 go without approval",
    may_be_approved=True,
)
STAND = standings(
    "2013-01-01",
    "2013-02-03",
    {
        "2013-01-07": (StandingState.INCOMPLETE, "4 of 64 objects are not done"),
        "2013-01-20": (StandingState.GAP, "strike"),
        "2013-02-02": (StandingState.LATE, "the origin held nothing"),
        "2013-02-03": (StandingState.NOT_DUE, ""),
    },
)
SPAN = sync_report(
    synced("2013-01-06", figures(kept=65)),
    TORN,
    failed("2013-01-08", "access denied to az://copy"),
    empty("2013-01-09"),
    standings=STAND,
    prices=PRICES,
)
SINGLE = sync_report(
    TORN, standings=STAND, description="One row per departure", owner="flight-ops", prices=PRICES
)


def _page(report: SyncReport) -> str:
    return Page(sync_html_report(report)).words.replace("\u00a0", " ")


def _plain(write: Callable[[SyncReport], str]) -> Callable[[SyncReport], str]:
    return lambda report: " ".join(html.unescape(re.sub(r"[\\|]", " ", write(report))).split())


def _text(report: SyncReport) -> str:
    return text_of(sync_outline(report))


def _markdown(report: SyncReport) -> str:
    return markdown_of(sync_outline(report))


FORMATS = {"html": _page, "text": _plain(_text), "markdown": _plain(_markdown)}


@pytest.fixture(params=sorted(FORMATS))
def words(request: pytest.FixtureRequest) -> Callable[[SyncReport], str]:
    return FORMATS[request.param]


@pytest.mark.parametrize(
    "subject", [SPAN, SINGLE, sync_report(), sync_report(failed("2013-01-08", "down"))],
    ids=["span", "single", "clean", "failed"],
)  # fmt: skip
class TestEveryPage:
    def test_asks_for_nothing_and_runs_nothing(self, subject: SyncReport) -> None:
        require_that_it_asks_for_nothing_and_runs_nothing(sync_html_report(subject))

    def test_can_be_read_aloud(self, subject: SyncReport) -> None:
        require_that_it_can_be_read_aloud(sync_html_report(subject))


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (sync_report(), "All 65 objects of 2013-01-05 are at the target, each proven equal."),
        (
            sync_report(synced(did=figures(copied=1))),
            "The one object of 2013-01-05 is at the target, and proven equal.",
        ),
        (
            sync_report(synced(did=figures(accepted=1))),
            "The one object of 2013-01-05 is at the target, and accepted unproven.",
        ),
        (
            sync_report(*(synced(f"2013-01-{n:02}") for n in range(1, 32))),
            "All 2,015 objects of 31 days are at the target, each proven equal.",
        ),
        (
            sync_report(synced(did=figures(copied=3, accepted=2, left=1))),
            "All 5 objects of 2013-01-05 are at the target, 3 proven equal and 2 accepted "
            "unproven. 1 object that the source does not have is still there.",
        ),
        (
            sync_report(synced(did=figures(copied=1, absent=1))),
            "1 of 2 objects of 2013-01-05 is not done: 1 missing. "
            "The other one is in place, proven equal.",
        ),
        (
            sync_report(synced(did=figures(absent=1, different=2, unproven=3))),
            "6 of 6 objects of 2013-01-05 are not done: 1 missing, 2 different and 3 unproven. "
            "None is proven equal.",
        ),
        (
            sync_report(synced(), TORN),
            "4 of 129 objects of 2 days are not done: 2 missing, 1 different and 1 unproven; "
            "1 of 2 days is affected. The other 125 are in place, each proven equal. "
            "Deletes were stopped in 2013-01-07. "
            "3 objects that the source does not have are still there.",
        ),
        (sync_report(empty("2013-01-09")), "The source holds nothing of 2013-01-09."),
        (
            sync_report(synced(), empty("2013-01-09"), empty("2013-01-10")),
            "The source holds nothing of 2013-01-09 and 2013-01-10. "
            "All 65 objects of the other day are at the target, each proven equal.",
        ),
        (
            sync_report(failed("2013-01-08", "down")),
            "It is not known whether the target is complete.",
        ),
        (
            SPAN,
            "It is not known whether the target is complete: 1 of 4 days has no answer, and "
            "4 objects are not done. The source holds nothing of 2013-01-09. "
            "Deletes were stopped in 2013-01-07. "
            "3 objects that the source does not have are still there.",
        ),
        (
            sync_report(origin=Side.TARGET, destination=Side.SOURCE),
            "All 65 objects of 2013-01-05 are at the source, each proven equal.",
        ),
    ],
)
def test_the_sentence(report: SyncReport, sentence: str) -> None:
    assert sync_sentence(report) == sentence


def test_a_window_shows_everything_of_its_run(words: Callable[[SyncReport], str]) -> None:
    shown = words(SINGLE)
    for fact in (
        "4 of 64 objects of 2013-01-07 are not done: 2 missing, 1 different and 1 unproven.",
        "One row per departure",
        "flight-ops",
        "Nothing was deleted: 12 of 40 objects would be deleted; the brake lets 10 go",
        "part-2.parquet",
        "the name is too long for Blob Storage",
        "overwritten while it was verified",
        "46.88 %",  # 30 of 64 kept
        "fetched by the service",
        "streamed through the worker",
        "compared in place",
        "s3://ops/flights/2013-01-07",
        "az://copy/flights/2013-01-07",
        "run-2013-01-07",
        "2013-01-06 10:00:05 UTC",
        "2013-01-05",  # the watermark
        "reconcile sync flights --window 2013-01-07",
        "--approve-deletes",
    ):
        assert fact in shown, fact
    assert "2 objects deleted, 3 left" in shown


def test_a_window_that_is_done_asks_for_nothing(words: Callable[[SyncReport], str]) -> None:
    shown = words(sync_report())
    assert "What to do next" not in shown
    assert "not done:" not in shown.lower()


def test_a_span_shows_every_window_and_why_some_are_not_done(
    words: Callable[[SyncReport], str],
) -> None:
    shown = words(SPAN)
    assert "access denied to az://copy" in shown
    assert "Nothing was found to copy: it is late, or was never written." in shown
    assert "part-3.parquet" in shown


def test_only_what_is_not_clean_is_open() -> None:
    page = Page(sync_html_report(SPAN))
    details = [d for d in page.named("details") if d.get("class") == "window"]
    assert ["open" in window for window in details] == [False, True, True, True]


def test_the_calendar_shows_all_that_is_expected_with_its_holes() -> None:
    page = sync_html_report(SINGLE)
    for title in (
        "2013-01-01: complete",
        "2013-01-07: incomplete, 4 of 64 objects are not done",
        "2013-01-20: declared gap, strike",
        "2013-02-02: late, the origin held nothing",
        "2013-02-03: not due",
    ):
        assert f"<title>{title}</title>" in page
    assert page.count('class="cell"') == len(STAND)
    assert 'class="cell"' not in sync_html_report(sync_report())  # one day is no calendar


def test_requests_bytes_and_cost_are_told_by_side_and_together(
    words: Callable[[SyncReport], str],
) -> None:
    shown = words(SINGLE)
    figures_only = re.sub(r" (65,000,000|31,234|65,031,234)\b", "", shown)
    assert "source 70 65.0 MB 0.033 USD" in figures_only
    assert "target 140 31.2 kB 0.070 USD" in figures_only
    assert "both 210 65.0 MB 0.10 USD" in figures_only
    assert "USD" not in words(replace(SINGLE, prices=None))
    here = replace(TORN, traffic={Side.SOURCE: Traffic(70, 65_000_000), Side.TARGET: Traffic()})
    assert not re.search(r"target 0 0 bytes", words(sync_report(here)))
    assert "source 70 65.0 MB" in words(sync_report(here))
    nobody_counted = replace(TORN, traffic={})
    assert "asked of the services" not in words(sync_report(nobody_counted))


def test_no_foreign_text_becomes_markup() -> None:
    evil = synced(
        HOSTILE,
        figures(copied=1, absent=1),
        run_id=HOSTILE,
        error=HOSTILE,
        origin_location=f"s3://b/{HOSTILE}",
        destination_location=f"az://c/{HOSTILE}",
        deletes_stopped=HOSTILE,
        troubles=(trouble(HOSTILE, reason=HOSTILE),),
    )
    for windows in ((evil,), (synced(), evil)):
        report = sync_report(
            *windows,
            dataset=HOSTILE,
            description=HOSTILE,
            owner=HOSTILE,
            timezone=HOSTILE,
            watermark=HOSTILE,
            standings=standings(
                "2013-01-01", "2013-01-03", {"2013-01-02": (StandingState.GAP, HOSTILE)}
            ),
        )
        require_that_nothing_hostile_became_markup(sync_html_report(report))
        for text in (_text(report), sync_summary(report), _markdown(report)):
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
        assert "<img" not in _markdown(report)


def test_what_is_to_be_typed_is_marked_and_still_escaped() -> None:
    page = sync_html_report(sync_report(synced("<b>", figures(absent=1))))
    assert "<code>reconcile sync flights --window &lt;b&gt;</code>" in page


def test_no_line_is_wider_than_a_terminal() -> None:
    long = "東" * 300 + " " + "x" * 300
    wide = synced(long, figures(absent=1), error=long, troubles=(trouble(long, reason=long),))
    for report in (sync_report(wide, dataset=long), sync_report(synced(), wide), SPAN):
        for shown in (sync_summary(report), _text(report)):
            assert max(map(columns_wide, shown.splitlines())) <= WIDTH


def test_the_summary_has_one_line_a_window_the_verdict_and_what_to_do() -> None:
    lines = sync_summary(SPAN).splitlines()
    assert [line.split()[0] for line in lines[:6]] == [
        "window",
        "2013-01-06",
        "2013-01-07",
        "2013-01-08",
        "2013-01-09",
        "all",
    ]
    assert re.search(r"✗ incomplete +64 +64.0 MB +30 +4 +26 +4 +2$", lines[2])
    assert re.search(r"129 +129.0 MB +95 +4 +26 +4 +2$", lines[5])
    rest = "\n".join(lines[6:])
    assert "part-1.parquet: missing, the name is too long for Blob Storage" in rest
    assert "… 1 more of 2013-01-07" in rest
    assert "2013-01-08: access denied to az://copy" in rest
    assert "flights: ? NOT KNOWN. It is not known" in rest
    assert "Next: Sync again: `reconcile sync flights --window 2013-01-07`" in rest


def test_windows_that_lack_the_same_share_a_line() -> None:
    report = sync_report(synced(), *(empty(f"2013-01-{n:02}") for n in range(6, 31)))
    summary = sync_summary(report)
    assert "2013-01-06 to 2013-01-30, 25 days: Nothing was found to copy" in summary
    assert summary.count("Nothing was found") == 1
    assert "✗ INCOMPLETE. The source holds nothing of 25 days." in summary
    assert "! EMPTY." in sync_summary(sync_report(empty("2013-01-06")))


def test_nobody_is_told_to_approve_what_no_approval_lets_go() -> None:
    (line,) = next_steps(sync_report(synced(deletes_stopped="the origin came back empty")))
    assert "by hand" in line


@pytest.mark.parametrize(
    ("windows", "steps"),
    [
        ([synced()], []),
        ([TORN], ["--window 2013-01-07`", "unproven: accept", "--approve-deletes"]),
        ([failed("2013-01-08", "down")], ["--window 2013-01-08`"]),
        ([empty("2013-01-09")], ["once the source has been written"]),
        ([failed(f"2013-01-0{n}", "down") for n in range(1, 6)], ["each of the 5 windows"]),
    ],
    ids=["done", "torn", "failed", "empty", "many"],
)
def test_what_to_do_next_follows_from_what_is_not_done(
    windows: list[SyncWindowReport], steps: list[str]
) -> None:
    told = next_steps(sync_report(*windows))
    assert len(told) == len(steps)
    for line, fact in zip(told, steps, strict=True):
        assert fact in line


def test_the_json_document_has_every_figure() -> None:
    document = json.loads(json.dumps(sync_json_document(SPAN)))
    assert (document["dataset"], document["kind"], document["complete"]) == (
        "flights",
        "sync",
        False,
    )
    assert (document["origin"], document["destination"]) == ("source", "target")
    clean, torn, error, nothing = document["windows"]
    assert clean.keys() == torn.keys() == error.keys() == nothing.keys()
    assert [w["state"] for w in document["windows"]] == ["complete", "incomplete", None, "empty"]
    assert torn["objects"] == dict(vars(TORN.figures))  # type: ignore[arg-type]
    assert torn["not_done"][2] == {
        "name": "part-3.parquet",
        "what": "different",
        "reason": "overwritten while it was verified",
    }
    assert document["objects"]["copied"] == 20
    assert error["objects"] is None
    assert error["error"] == "access denied to az://copy"
    assert torn["requests"] == {"source": 70, "target": 140}
    source = PRICES.prices["s3://"].of(Traffic(70, 65_000_000))
    assert Decimal(torn["cost"]["source"]) == source
    costs = [Decimal(torn["cost"][side]) for side in ("source", "target")]
    assert Decimal(torn["cost"]["total"]) == sum_of(costs)
    assert sync_json_document(sync_report())["complete"] is True
    assert sync_json_document(sync_report())["cost"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"objects": 66},
        {"streamed": 64},
        {"absent": 1},
    ],
    ids=["one-too-many", "one-without-a-proof", "one-counted-twice"],
)
def test_figures_that_contradict_each_other_are_refused(wrong: dict[str, Any]) -> None:
    report = sync_report(synced(did=replace(figures(copied=65), **wrong)))
    for write in (sync_html_report, sync_summary, sync_json_document, _text):
        with pytest.raises(Unbalanced, match="flights@2013-01-05"):
            write(report)


def test_no_more_is_named_than_was_counted() -> None:
    with pytest.raises(Unbalanced, match="more objects"):
        sync_summary(sync_report(synced(troubles=(trouble(),))))


def test_a_report_without_a_window_is_refused() -> None:
    with pytest.raises(BadInput, match="no window"):
        replace(sync_report(), windows=())


def test_a_window_is_complete_only_if_nothing_is_to_be_said_of_it() -> None:
    assert synced().is_clean
    assert not synced(deletes_stopped="brake").is_clean
    assert not synced(error="down").is_clean
    assert not synced(did=SyncFigures(), state=WindowState.EMPTY).is_clean
