from __future__ import annotations

import pytest

from reconcile.model.expectation import (
    ExpectationResult,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.model.result import Verdict
from reconcile.quality.verdict import run_verdict

RESULT, SOURCE = ExpectationSubject.RESULT, ExpectationSubject.SOURCE
CRITICAL, WARNING, INFO = ExpectationSeverity


def said(outcome, severity=CRITICAL, subject=SOURCE) -> ExpectationResult:
    return ExpectationResult("x", subject, "expect_it", {}, severity, outcome)


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        pytest.param([], Verdict.MATCHED, id="no expectation"),
        pytest.param([said(Outcome.PASSED)], Verdict.MATCHED, id="passed"),
        pytest.param([said(Outcome.FAILED)], Verdict.BREACHED, id="critical failed"),
        pytest.param([said(Outcome.ERRORED)], Verdict.INDETERMINATE, id="critical errored"),
        pytest.param(
            [said(Outcome.FAILED), said(Outcome.ERRORED)], Verdict.INDETERMINATE, id="both"
        ),
        pytest.param(
            [said(Outcome.NOT_EVALUATED, subject=RESULT)], Verdict.MATCHED, id="null figure"
        ),
        pytest.param([said(Outcome.NOT_EVALUATED)], Verdict.INDETERMINATE, id="rows not read"),
    ],
)
def test_the_gate_can_worsen_a_matched_comparison(results, verdict):
    assert run_verdict(Verdict.MATCHED, results) is verdict


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("severity", [WARNING, INFO])
@pytest.mark.parametrize("subject", ExpectationSubject)
def test_warnings_and_infos_never_touch_the_verdict(outcome, severity, subject):
    results = [said(outcome, severity, subject)]
    assert run_verdict(Verdict.WITHIN_THRESHOLD, results) is Verdict.WITHIN_THRESHOLD


@pytest.mark.parametrize("comparison", [Verdict.BREACHED, Verdict.INDETERMINATE])
def test_the_gate_never_improves_a_comparison(comparison):
    assert run_verdict(comparison, [said(Outcome.PASSED)]) is comparison
