"""The verdict of a run: the worst of the comparison and the gate."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.model.expectation import (
    ExpectationResult,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.model.result import Verdict, worst_verdict

RESULT_FILE = "validation.json"
"""What the gate writes its results to, and the verdict is read from."""


def run_verdict(comparison: Verdict, results: Iterable[ExpectationResult]) -> Verdict:
    """The worst of a comparison's verdict and what the gate makes of each result."""
    return worst_verdict([comparison, *(_verdict_of(result) for result in results)])


def _verdict_of(result: ExpectationResult) -> Verdict:
    """What one result allows at best.

    Only critical expectations touch the verdict: a warning or an info that errored is shown as
    errored, but what may fail without consequence may also stay unknown without consequence.
    A figure that is null was not evaluated and says so, no more.
    A side's rows that were not read are another matter: a rerun that proves the sides equal by
    checksum must not turn yesterday's breach green without having looked.
    """
    if result.severity is not ExpectationSeverity.CRITICAL:
        return Verdict.MATCHED
    unread = (
        result.outcome is Outcome.NOT_EVALUATED and result.subject is not ExpectationSubject.RESULT
    )
    if result.outcome is Outcome.ERRORED or unread:
        return Verdict.INDETERMINATE
    return Verdict.BREACHED if result.outcome is Outcome.FAILED else Verdict.MATCHED
