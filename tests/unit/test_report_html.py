import re

import pytest

from reconcile.model.discrepancy import Kind, Side
from reconcile.model.expectation import Outcome
from reconcile.model.result import Proof, SchemaFinding, Verdict
from reconcile.model.rules import CompareRules, FindingKind, Severity
from reconcile.report.content import PinnedInput, Report
from reconcile.report.html import html_report
from reconcile.report.page import segments

from .html_page import (
    HOSTILE,
    Page,
    require_that_it_asks_for_nothing_and_runs_nothing,
    require_that_it_can_be_read_aloud,
    require_that_nothing_hostile_became_markup,
)
from .report_samples import expectation, failed, lone, mismatch, report, result, window

BREACHED = window(
    compared=result(
        matched=700,
        value_mismatch=12,
        missing_in_target=8,
        missing_in_source=3,
        duplicates_in_source=2,
        mismatched={"dest": 11, "tailnum": 4},
        schema=(
            SchemaFinding(FindingKind.MISSING_IN_TARGET, "gate", "string", None, Severity.FAIL),
        ),
        proof=Proof(by_fingerprint=37, by_row=1400),
    ),
    examples=(
        mismatch(1, dest=("IAH", "IAD"), tailnum=("N1", None)),
        lone(Kind.MISSING_IN_TARGET, Side.SOURCE, 2, dest="BOS", a=1, b=2, c=3, d=4),
        lone(Kind.MISSING_IN_SOURCE, Side.TARGET, 3, dest="SFO"),
        lone(Kind.DUPLICATE_KEY, Side.SOURCE, 4, dest="MIA"),
    ),
    expectations=(expectation(Outcome.PASSED, id="a"), expectation(Outcome.FAILED, id="b")),
    discrepancies="/artifacts/discrepancies.parquet",
)
SPAN = report(window("2013-01-03"), BREACHED, failed("2013-01-07", "access denied to az://copy"))
SINGLE = report(BREACHED, description="One row per departure", owner="flight-ops")


@pytest.mark.parametrize("subject", [SPAN, SINGLE, report()], ids=["span", "single", "clean"])
class TestEveryReport:
    def test_asks_for_nothing_and_runs_nothing(self, subject: Report) -> None:
        require_that_it_asks_for_nothing_and_runs_nothing(html_report(subject))

    def test_can_be_read_aloud(self, subject: Report) -> None:
        require_that_it_can_be_read_aloud(html_report(subject))


def test_a_single_window_shows_everything_of_its_run() -> None:
    words = Page(html_report(SINGLE)).words
    for shown in (
        "Breached",
        "The copies are not equal: 25 rows disagree, 96.95 % of 722 match.",
        "One row per departure",
        "for flight-ops",
        "Column gate (string) is missing in the target.",
        "1 of 12 rows shown.",
        "1 of 8 rows shown.",
        "1 of 3 rows shown.",
        "1 of 2 rows shown.",
        "/artifacts/discrepancies.parquet",
        "91.67 %",  # dest, 11 of 12
        "s3://ops/flights/2013-01-05",
        "az://copy/flights/2013-01-05",
        "97.43 %",  # by_row, 1,400 of 1,437
        "run-2013-01-05",
        "2013-01-06 10:00:05 UTC",
        "at most 5 rows and 1 %",
        "loaded_at",
        "✓ balances",
    ):
        assert shown in words
    assert "does not balance" not in words
    assert words.count("expect_column_values_to_be_between") == 3  # one is a reason


def test_differing_cells_are_marked_in_place() -> None:
    html = html_report(SINGLE)
    assert re.search(r"IA<mark>H</mark>.*IA<mark>D</mark>", html, re.DOTALL)
    assert '<span class="value null"><mark>NULL</mark></span>' in html


def test_a_span_shows_every_window_the_gaps_and_the_errors() -> None:
    page = Page(html_report(SPAN))
    assert "No run covers 2013-01-04, 2013-01-06." in page.words
    assert "access denied to az://copy" in page.words
    details = [d for d in page.named("details") if d.get("class") == "window"]
    assert ["open" in window for window in details] == [False, True, True]
    assert "failed in 1" in page.words
    titles = [text for text in page.text if text.startswith("2013-01-0") and ": " in text]
    assert len(titles) == 5


def test_no_foreign_text_becomes_markup() -> None:
    examples = (
        mismatch(1, **{HOSTILE: (HOSTILE, HOSTILE + "x")}),
        lone(Kind.MISSING_IN_TARGET, Side.SOURCE, **{HOSTILE: HOSTILE}),
    )
    finding = SchemaFinding(FindingKind.TYPE_CHANGED, HOSTILE, HOSTILE, HOSTILE, Severity.NOTE)
    evil = window(
        HOSTILE,
        result(
            value_mismatch=1,
            missing_in_target=1,
            mismatched={HOSTILE: 1},
            schema=(finding,),
        ),
        run_id=HOSTILE,
        examples=examples,
        error=HOSTILE,
        discrepancies=HOSTILE,
        source=PinnedInput(HOSTILE, 1, 1),
        expectations=(
            expectation(
                Outcome.ERRORED, type=HOSTILE, reason=HOSTILE, arguments={HOSTILE: HOSTILE}
            ),
        ),
    )
    rules = CompareRules(match_key=(HOSTILE,), exclude=(HOSTILE,), rename={HOSTILE: HOSTILE})
    for windows in ((evil,), (window(), evil)):
        subject = report(
            *windows,
            dataset=HOSTILE,
            description=HOSTILE,
            owner=HOSTILE,
            timezone=HOSTILE,
            rules=rules,
        )
        require_that_nothing_hostile_became_markup(html_report(subject))


def test_a_long_name_is_cut_and_says_its_length() -> None:
    words = Page(html_report(report(dataset="x" * 5000))).words
    assert "(5,000 characters)" in words
    assert "x" * 400 not in words


def test_what_no_proof_covers_is_said_to_be_unproven() -> None:
    half = result(matched=100, proof=Proof(by_checksum=100), verdict=Verdict.INDETERMINATE)
    words = Page(html_report(report(window(compared=half)))).words
    assert "unproven 100 50.00 %" in words
    assert "unproven" not in Page(html_report(report())).words


def test_a_piece_of_a_bar_is_never_too_thin_to_see() -> None:
    big, small = segments([("matched", 10_000_000), ("gone", 0), ("value_mismatch", 1)])
    assert (big.name, small.name) == ("matched", "value_mismatch")
    assert small.width > 0.4
    assert big.width + small.width == pytest.approx(100)
    assert segments([]) == ()
