"""Great Expectations decides: what it says is in the letters, the verdict and the report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconcile.jobs.running import WindowOutcome
from reconcile.model.result import Verdict
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, workbench

pytestmark = pytest.mark.xdist_group("great_expectations")

NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
WITH_NULL = [*GOOD, {"id": 6, "v": 3.0, "n": None}]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as bench:
        bench.write("source", WITH_NULL)
        bench.write("target", WITH_NULL)
        yield bench


def expecting(severity: str, **of: Any) -> dict[str, Any]:
    arguments = of or {NOT_NULL: {"column": "n"}}
    return {"source": [arguments | {"severity": severity}]}


def results(bench: Workbench, outcome: WindowOutcome) -> list[dict[str, Any]]:
    path = bench.folder / "artifacts" / "runs" / outcome.run_id / "validation.json"
    return list(json.loads(path.read_text())["results"])


def test_equal_sides_that_break_a_critical_expectation_are_breached(bench: Workbench) -> None:
    outcome = bench.run(expectations=expecting("critical"))
    assert (outcome.verdict, outcome.exit_code) == (Verdict.BREACHED, 1)
    (letter,) = bench.letters()
    assert (letter.kind, letter.side, letter.match_key) == ("expectation", "source", '{"id":"6"}')
    assert letter.severity == "critical"
    assert NOT_NULL in letter.reason
    docs = bench.folder / "artifacts" / "runs" / outcome.run_id / "data_docs"
    assert (docs / "index.html").is_file()
    bench.write("source", GOOD)
    bench.write("target", GOOD)
    assert bench.run(expectations=expecting("critical")).verdict is Verdict.MATCHED
    assert [letter.status.value for letter in bench.letters()] == ["resolved"]


@pytest.mark.parametrize("silenced", ["says nothing", "raises"])
def test_without_the_checkpoint_no_run_passes(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, silenced: str
) -> None:
    from reconcile.quality.session import Session

    def run_checkpoint(*_: Any, **__: Any) -> dict[str, Any]:
        if silenced == "raises":
            raise RuntimeError("out of order")
        return {}

    monkeypatch.setattr(Session, "_run_checkpoint", run_checkpoint)
    bench.write("source", GOOD)
    bench.write("target", GOOD)
    outcome = bench.run(expectations=expecting("critical"))
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INDETERMINATE, 3)
    assert [result["outcome"] for result in results(bench, outcome)] == ["errored"]
    assert bench.letters() == ()


def test_a_warning_makes_letters_only_and_an_info_does_not_even_that(bench: Workbench) -> None:
    warned = bench.run(expectations=expecting("warning"))
    assert (warned.verdict, warned.exit_code) == (Verdict.MATCHED, 0)
    assert [(letter.kind.value, letter.severity) for letter in bench.letters()] == [
        ("expectation", "warning")
    ]
    informed = bench.run(expectations=expecting("info"))
    assert informed.verdict is Verdict.MATCHED
    assert [letter.status.value for letter in bench.letters()] == ["resolved"]
    report = bench.folder / "artifacts" / "runs" / informed.run_id / "report.html"
    assert NOT_NULL in report.read_text()


def test_a_figure_of_the_result_can_breach_what_the_thresholds_allow(bench: Workbench) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    allowed = {"rows": 5}
    share = {BETWEEN: {"column": "matched_share", "min_value": 0.999}, "severity": "critical"}
    changes = {
        "compare": {
            "match_key": ["id"],
            "thresholds": {"value_mismatch": allowed, "missing_in_target": allowed},
        }
    }
    assert bench.run(**changes).verdict is Verdict.WITHIN_THRESHOLD
    outcome = bench.run(**changes, expectations={"result": [share]})
    assert outcome.verdict is Verdict.BREACHED
    assert [letter.kind.value for letter in bench.letters()].count("expectation") == 1


def test_an_expectation_on_a_figure_that_is_not_known_is_not_evaluated(bench: Workbench) -> None:
    bench.write("target", [{**row, "v": "text"} for row in WITH_NULL])
    outcome = bench.run(
        compare={"match_key": ["id"], "schema": {"not_comparable": "note"}},
        expectations={
            "result": [
                {BETWEEN: {"column": "mismatched__v", "max_value": 0}, "severity": "critical"}
            ]
        },
    )
    assert outcome.verdict is Verdict.MATCHED
    (result,) = results(bench, outcome)
    assert result["outcome"] == "not_evaluated"
    assert "mismatched__v is not known" in result["reason"]


def test_a_critical_expectation_that_cannot_be_evaluated_leaves_it_open(bench: Workbench) -> None:
    text = {"expect_column_mean_to_be_between": {"column": "n", "min_value": 0}}
    outcome = bench.run(expectations=expecting("critical", **text))
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INDETERMINATE, 3)
    (result,) = results(bench, outcome)
    assert result["outcome"] == "errored"
    assert "\n" not in result["reason"]
    assert bench.run(expectations=expecting("warning", **text)).verdict is Verdict.MATCHED


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_an_expectation_that_errors_closes_no_letter(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, severity: str
) -> None:
    from reconcile.quality.session import Session

    bench.run(expectations=expecting(severity))

    def out_of_order(*_: Any, **__: Any) -> dict[str, Any]:
        raise RuntimeError("out of order")

    with monkeypatch.context() as broken:
        broken.setattr(Session, "_run_checkpoint", out_of_order)
        errored = bench.run(expectations=expecting(severity))
    assert [result["outcome"] for result in results(bench, errored)] == ["errored"]
    assert [letter.status.value for letter in bench.letters()] == ["open"]


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_an_expectation_on_rows_that_nobody_read_is_open_and_closes_nothing(
    bench: Workbench, severity: str
) -> None:
    """The same bytes on both sides prove equality, and nothing about what is in them."""
    expectations = expecting(severity)
    bench.run(expectations=expectations)
    assert [letter.status.value for letter in bench.letters()] == ["open"]
    unread = bench.run(expectations=expectations, strategy="checksum")
    (result,) = results(bench, unread)
    assert result["outcome"] == "not_evaluated"
    assert "not read" in result["reason"]
    assert [letter.status.value for letter in bench.letters()] == ["open"]
    # By default they are read, however equal the bytes are.
    bench.run(expectations=expectations)
    (again,) = results(bench, bench.run(expectations=expectations, strategy="auto"))
    assert again["outcome"] == "failed"
