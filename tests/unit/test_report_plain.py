import json
import re

import pytest

from reconcile.model.expectation import Outcome
from reconcile.model.result import Proof
from reconcile.report.json_document import json_document
from reconcile.report.markdown import escaped, markdown_report
from reconcile.report.printable import columns_wide
from reconcile.report.text import WIDTH, summary, text_report

from .report_samples import expectation, failed, mismatch, report, result, window

BREACHED = window(
    compared=result(
        matched=700,
        value_mismatch=12,
        missing_in_target=8,
        mismatched={"dest": 11, "tailnum": 4},
        proof=Proof(by_row=1432),
    ),
    examples=(mismatch(1, dest=("IAH", "IAD"), tailnum=("N1", None)),),
    expectations=(expectation(Outcome.FAILED),),
    report="/artifacts/report.html",
)
SPAN = report(window("2013-01-03"), BREACHED, failed("2013-01-06", "access denied"))


@pytest.mark.parametrize("write", [text_report, markdown_report])
def test_the_plain_reports_say_what_the_page_says(write) -> None:  # type: ignore[no-untyped-def]
    shown = write(report(BREACHED)).replace("\\", "").replace("\n    ", " ")
    for fact in (
        "✗ BREACHED. The copies are not equal: 20 rows disagree, 97.22 % of 720 match.",
        "source_rows 720 = matched 700 + value_mismatch 12 + missing_in_target 8 + duplicate_key 0",
        "value_mismatch: 1 of 12 rows shown",
        "flight_date 2013-01-05, flight 1: dest IAH ≠ IAD; tailnum N1 ≠ NULL",
        "missing_in_target: 0 of 8 rows shown",
        "✗ failed",
        "by_row: 1,432 rows (100 %)",
        "run-2013-01-05",
        "/artifacts/report.html",
    ):
        assert fact in shown


def test_the_summary_has_one_line_a_window() -> None:
    lines = summary(SPAN).splitlines()
    assert [line.split()[0] for line in lines[:5]] == [
        "window",
        "2013-01-03",
        "2013-01-05",
        "2013-01-06",
        "all",
    ]
    assert re.search(r"✗ breached +720 +712 +97.22 % +20 +20$", lines[2])
    assert re.search(r"1,440 +1,432 +98.61 % +20 +20$", lines[4])
    rest = "\n".join(lines[5:])
    assert "2013-01-06: access denied" in rest
    assert "No run covers 2013-01-04." in rest
    assert "flights: ? INDETERMINATE." in rest


def test_no_line_is_wider_than_a_terminal() -> None:
    long = "東" * 300 + " " + "x" * 300
    evil = window(
        compared=result(value_mismatch=1, mismatched={long: 1}),
        examples=(mismatch(**{long: (long, long + "y")}),),
        discrepancies="/" + "d" * 300,
    )
    for shown in (
        text_report(report(evil, description=long)),
        text_report(SPAN),
        summary(report(evil, window(long), dataset=long)),
    ):
        assert max(map(columns_wide, shown.splitlines())) <= WIDTH


def test_no_control_character_reaches_the_terminal() -> None:
    evil = window("2013\x1b[2J", examples=(), error="\x1b]0;title\x07\r\n")
    for shown in (text_report(report(evil)), summary(report(evil)), markdown_report(report(evil))):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a|b", "a&#124;b"),
        ("<b>&amp;", "&#60;b&#62;&#38;amp;"),
        ("*x* _y_ `z` [l](u)", r"\*x\* \_y\_ \`z\` \[l\](u)"),
        ("@oncall #12", "&#64;oncall &#35;12"),
        ("- not a list", r"\- not a list"),
        ("1. nor this", r"\1. nor this"),
        ("http://a.b", "http&#58;//a.b"),
        ("--- ", r"\--- "),
    ],
)
def test_no_value_becomes_markdown(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_the_json_document_keeps_the_contract() -> None:
    document = json.loads(json.dumps(json_document(SPAN)))
    assert (document["dataset"], document["verdict"]) == ("flights", "indeterminate")
    clean, breached, error = document["windows"]
    assert breached["window"] == "2013-01-05"
    assert breached["run_id"] == "run-2013-01-05"
    assert breached["verdict"] == "breached"
    assert BREACHED.result is not None
    compared = BREACHED.result.to_json()
    del compared["verdict"]
    assert compared.items() <= breached.items()
    assert breached["dead_letters"] == {"opened": 20, "reopened": 0, "closed": 0}
    assert breached["report"] == "/artifacts/report.html"
    assert breached["expectations"][0]["outcome"] == "failed"
    assert breached["examples_total"]["value_mismatch"] == 12
    assert (error["verdict"], error["counts"], error["error"]) == (None, None, "access denied")
    assert clean.keys() == error.keys() == breached.keys()


def test_the_gate_can_be_worse_than_the_comparison() -> None:
    gated = window(verdict=None, run_id="r", expectations=(expectation(Outcome.ERRORED),))
    (shown,) = json_document(report(gated))["windows"]
    assert (shown["verdict"], shown["comparison_verdict"]) == (None, "matched")
