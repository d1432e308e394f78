"""What people are told of a run: its end and its counts, and nothing of any row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reconcile.model.expectation import Outcome
from reconcile.model.run import Step
from reconcile.report.content import WindowReport
from reconcile.report.notice import (
    Notice,
    mail_body,
    notice_of_run,
    slack_message,
    teams_message,
)
from tests.unit.report_samples import expectation, mismatch, report, result, window

CANARY = "c4n4ry"
LINK = "https://airflow.example/dags/d/runs/r?a=1&b=2"


def told(*windows: WindowReport, **other: Any) -> Notice:
    known = {"stopped_at": {}, "airflow_run": "daily r1", "failed_task": "verdict", **other}
    return notice_of_run("flights", report(*windows) if windows else None, **known)


def all_of(notice: Notice) -> str:
    return json.dumps(
        [mail_body(notice), slack_message(notice), teams_message(notice), notice.title]
    )


def test_a_breach_says_the_window_the_verdict_and_the_counts() -> None:
    breached = window(compared=result(value_mismatch=2, missing_in_target=1_000))
    notice = told(replace(breached, report="s3://artifacts/runs/r1/report.html"))
    assert notice.title == "flights 2013-01-05: Breached"
    assert notice.text.startswith("The copies are not equal: 1,002 rows disagree")
    assert dict(notice.facts) == {
        "Window": "2013-01-05",
        "Verdict": "Breached",
        "Rows in the source": "1,722",
        "Rows in the target": "722",
        "value_mismatch": "2",
        "missing_in_target": "1,000",
        "missing_in_source": "0",
        "duplicate_key": "0",
        "Report": "s3://artifacts/runs/r1/report.html",
        "Airflow run": "daily r1",
    }


def test_a_window_without_an_end_says_where_it_stopped_and_not_which_value_it_met() -> None:
    stopped = WindowReport("2013-01-05", "r1", None, error=f"cannot cast {CANARY!r}")
    notice = told(stopped, stopped_at={"2013-01-05": Step.COMPARE})
    assert notice.title == "flights 2013-01-05: No verdict"
    assert notice.text == (
        "It is not known whether the copies are equal. 2013-01-05 stopped at its step compare. "
        "The log of the task verdict says why."
    )
    assert CANARY not in all_of(notice)


def test_of_a_run_that_began_nothing_only_its_failure_is_told() -> None:
    notice = told()
    assert notice.title == "flights: The run failed"
    assert notice.text.endswith("The log of the task verdict says why.")
    assert notice.facts == (("Airflow run", "daily r1"),)


def test_a_run_may_fail_although_its_windows_match() -> None:
    notice = told(window())
    assert notice.title == "flights 2013-01-05: The run failed"
    assert notice.text.startswith("Both copies are complete and equal")
    assert notice.text.endswith("The log of the task verdict says why.")


def test_a_breach_that_is_only_told_names_no_failed_task() -> None:
    assert "log" not in told(window(compared=result(value_mismatch=1)), failed_task=None).text


def test_a_run_that_ended_well_has_not_failed_although_nobody_can_be_asked_how() -> None:
    notice = told(failed_task=None)
    assert notice.title == "flights: The run ended"
    assert notice.text == "It is not known whether the copies are equal."


def test_of_many_windows_each_has_a_line_up_to_twenty() -> None:
    many = [window(f"2013-01-{day:02}") for day in range(1, 31)]
    facts = told(*many).facts
    assert facts[0] == ("2013-01-01", "Matched, 0 rows discrepant")
    assert facts[20] == ("And", "10 more windows")
    assert len(facts) == 22


def test_examples_observed_values_and_errors_are_left_out() -> None:
    shown = window(
        compared=result(value_mismatch=1),
        examples=(mismatch(dest=(CANARY, "LAX")),),
        expectations=(expectation(Outcome.FAILED, observed=CANARY, reason=CANARY),),
        error=CANARY,
    )
    for windows in ((shown,), (shown, replace(shown, window="2013-01-06"))):
        assert CANARY not in all_of(told(*windows))


HOSTILE = Notice("a <!channel> & b", "<script>*_[x](http://y)", (("n<", "v&"),), LINK)


def test_a_mail_is_escaped_and_links_to_the_run() -> None:
    body = mail_body(HOSTILE)
    assert "<script>" not in body
    assert "&lt;script&gt;*_[x](http://y)" in body
    assert '<a href="https://airflow.example/dags/d/runs/r?a=1&amp;b=2">' in body


def test_slack_sees_no_mention_in_what_is_told() -> None:
    text = slack_message(HOSTILE)["text"]
    assert text.splitlines() == [
        "*a &lt;!channel&gt; &amp; b*",
        "&lt;script&gt;*_[x](http://y)",
        "• n&lt;: v&amp;",
        "<https://airflow.example/dags/d/runs/r?a=1&amp;b=2|Open the run in Airflow>",
    ]


def test_teams_gets_an_adaptive_card_of_text_without_markdown() -> None:
    (attachment,) = teams_message(HOSTILE)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert [block["inlines"][0]["text"] for block in card["body"]] == [
        "a <!channel> & b",
        "<script>*_[x](http://y)",
        "n<: v&",
    ]
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open the run in Airflow", "url": LINK}
    ]


@pytest.mark.parametrize("form", [mail_body, slack_message, teams_message])
def test_without_an_address_there_is_no_link(form: Any) -> None:
    assert "Open the run" not in json.dumps(form(replace(HOSTILE, link=None)))
