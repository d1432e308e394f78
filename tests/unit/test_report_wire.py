"""How rows were proven and what it cost to read them, in every format of the report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from reconcile.errors import Unbalanced
from reconcile.model.discrepancy import Side
from reconcile.model.expectation import ExpectationSeverity, ExpectationSubject, Outcome
from reconcile.model.price import Price, PriceList, sum_of
from reconcile.model.result import Counts, Proof, Verdict
from reconcile.model.traffic import Traffic
from reconcile.report.content import PinnedInput, Report
from reconcile.report.html import html_report
from reconcile.report.json_document import json_document
from reconcile.report.markdown import markdown_report
from reconcile.report.proof import proof_parts, proof_sentence
from reconcile.report.text import summary, text_report
from reconcile.report.wire import both, taken

from .report_samples import expectation, failed, report, result, window

PRICES = PriceList("USD", {"s3://": Price(Decimal("0.09"), Decimal("0.4")),
                           "az://": Price(Decimal("0.0875"), Decimal("0.5"))})  # fmt: skip
CLOUDS = replace(result(), requests={"source": 3, "target": 1_204})
HERE = replace(result(), requests={"source": 0, "target": 7})
UNPRICED = replace(PRICES, prices={"s3://": PRICES.prices["s3://"]})


def html_words(subject: Report) -> str:
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html_report(subject), flags=re.DOTALL)
    return " ".join(text.replace("\u00a0", " ").split())


def plain_words(write: Callable[[Report], str]) -> Callable[[Report], str]:
    return lambda subject: " ".join(re.sub(r"[\\|]", " ", write(subject)).split())


FORMATS = {
    "html": html_words,
    "text": plain_words(text_report),
    "markdown": plain_words(markdown_report),
}


@pytest.fixture(params=sorted(FORMATS))
def words(request: pytest.FixtureRequest) -> Callable[[Report], str]:
    return FORMATS[request.param]


def test_requests_bytes_and_cost_are_told_by_side_and_together(
    words: Callable[[Report], str],
) -> None:
    shown = words(report(window(compared=CLOUDS), prices=PRICES))
    figures = re.sub(r" (31,234|32,345|63,579)\b", "", shown)  # the page has them exactly, too
    assert "source 3 31.2 kB 0.0012 USD" in figures
    assert "target 1,204 32.3 kB 0.60 USD" in figures
    assert "both 1,207 63.6 kB 0.60 USD" in figures


def test_without_prices_no_cost_is_told(words: Callable[[Report], str]) -> None:
    shown = words(report(window(compared=CLOUDS)))
    assert "1,204" in shown
    assert "cost" not in shown.lower()


def test_what_has_no_price_is_said_to_have_none(words: Callable[[Report], str]) -> None:
    shown = words(report(window(compared=CLOUDS), prices=UNPRICED))
    assert shown.count("no price") == 2  # the target's, and so that of both


def test_files_that_lie_here_cost_nothing(words: Callable[[Report], str]) -> None:
    here = PinnedInput("/data/flights", 1, 31_234, 720)
    shown = words(report(window(compared=HERE, source=here), prices=PRICES))
    assert re.search(r"source 0 31\.2 kB read here( 31,234)? 0 USD", shown)


def test_windows_are_added_up(words: Callable[[Report], str]) -> None:
    shown = words(report(window("2013-01-05", CLOUDS), window("2013-01-06", CLOUDS), prices=PRICES))
    assert re.search(r"both 2,414 127\.2 kB( 127,158)? 1\.21 USD", shown)


def test_what_one_window_did_not_count_is_not_claimed_for_all() -> None:
    assert taken([window(compared=CLOUDS), window(compared=result())], Side.SOURCE) is None
    assert both([window(compared=result())]) is None
    counted = both([window(compared=CLOUDS), failed("2013-01-06", "access denied")])
    assert counted is not None
    assert counted.traffic == Traffic(1_207, 63_579)


def test_the_json_has_every_digit_of_a_cost() -> None:
    document = json_document(report(window(compared=CLOUDS), prices=PRICES))
    (shown,) = document["windows"]
    assert shown["requests"] == {"source": 3, "target": 1_204}
    assert shown["bytes_read"] == {"source": 31_234, "target": 32_345}
    cost = {name: Decimal(shown["cost"][name]) for name in ("source", "target", "total")}
    assert cost["source"] == PRICES.prices["s3://"].of(Traffic(3, 31_234))
    assert cost["total"] == sum_of([cost["source"], cost["target"]])
    assert shown["cost"]["currency"] == "USD"
    assert document["cost"] == shown["cost"]
    json.dumps(document)


def test_the_json_says_null_where_a_cost_is_not_known() -> None:
    (unpriced,) = json_document(report(window(compared=CLOUDS), prices=UNPRICED))["windows"]
    assert unpriced["cost"]["source"] is not None
    assert (unpriced["cost"]["target"], unpriced["cost"]["total"]) == (None, None)
    assert json_document(report(window(compared=CLOUDS)))["windows"][0]["cost"] is None


MIXED = Proof(by_checksum=1_000, by_fingerprint=400, by_row=40)


def test_the_proof_is_told_in_one_sentence_that_adds_up(words: Callable[[Report], str]) -> None:
    shown = words(report(window(compared=result(proof=MIXED))))
    assert (
        "Of 1,440 rows of both sides, 1,000 (69.44 %) were proven equal by the checksums of their "
        "objects; 400 (27.78 %) were proven equal by the fingerprint of an earlier run; "
        "40 (2.78 %) were read and compared in this run."
    ) in shown
    for part, rows in (("checksum", "1,000"), ("fingerprint", "400"), ("row", "40")):
        assert re.search(f"by ?_{part}:? {rows}", shown)


@pytest.mark.parametrize(
    ("counts", "proof", "sentence"),
    [
        (Counts(), Proof(), "There was no row to prove."),
        (
            Counts(source_rows=1),
            Proof(by_row=1),
            "The one row of both sides was read and compared in this run.",
        ),
        (
            Counts(source_rows=3, target_rows=3),
            Proof(by_checksum=6),
            "All 6 rows of both sides were proven equal by the checksums of their objects.",
        ),
        (
            Counts(source_rows=3, target_rows=3),
            Proof(by_row=4),
            "Of 6 rows of both sides, 4 (66.67 %) were read and compared in this run; "
            "2 (33.33 %) were not proven at all.",
        ),
    ],
    ids=["none", "one", "all-by-checksum", "unproven"],
)
def test_the_sentence_of_a_proof(counts: Counts, proof: Proof, sentence: str) -> None:
    assert proof_sentence(counts, proof) == sentence
    parts = sum(rows for _, rows in proof_parts(counts, proof))
    assert parts == counts.source_rows + counts.target_rows


def test_the_summary_says_that_rows_were_not_read() -> None:
    assert "proven equal by the checksums" in summary(report(window(compared=result(proof=MIXED))))
    assert "in this run" not in summary(report())


def test_more_proven_rows_than_there_are_is_a_defect() -> None:
    with pytest.raises(Unbalanced, match="more rows of flights@2013-01-05"):
        text_report(report(window(compared=result(proof=Proof(by_checksum=1, by_row=1_440)))))


def test_expectations_on_rows_that_were_not_read_are_said_to_be_open(
    words: Callable[[Report], str],
) -> None:
    open_check = expectation(
        Outcome.NOT_EVALUATED,
        subject=ExpectationSubject.SOURCE,
        observed=None,
        reason="the rows of the source were not read",
    )
    unknown_figure = expectation(Outcome.NOT_EVALUATED, id="figure", observed=None, reason="null")
    compared = result(proof=Proof(by_checksum=1_440))
    shown = words(report(window(compared=compared, expectations=(open_check, unknown_figure))))
    assert "1 check was not evaluated, since the rows were not read." in shown
    assert "the rows of the source were not read" in shown


def test_a_critical_check_that_is_open_is_a_reason_for_the_verdict(
    words: Callable[[Report], str],
) -> None:
    open_check = expectation(
        Outcome.NOT_EVALUATED,
        subject=ExpectationSubject.SOURCE,
        observed=None,
        reason="the rows of the source were not read",
    )
    compared = result(proof=Proof(by_checksum=1_440))
    warning = replace(open_check, id="w", severity=ExpectationSeverity.WARNING)
    subject = report(
        window(compared=compared, expectations=(open_check, warning), verdict=Verdict.INDETERMINATE)
    )
    reason = (
        "Critical expectation expect_column_values_to_be_between on source was not evaluated: "
        "the rows of the source were not read"
    )
    shown = words(subject).replace(" _", "_")
    assert shown.count(reason) == 1
    assert "As far as they were compared all 720 rows match, but 1 check has no answer." in shown
