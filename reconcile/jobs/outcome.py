"""What came of a run, read back from its artifacts."""

from __future__ import annotations

from reconcile.jobs.artifacts import COMPARISON, VALIDATION, Artifacts
from reconcile.model.expectation import (
    ExpectationResult,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.model.result import ComparisonResult, Verdict
from reconcile.quality.verdict import run_verdict


def comparison_of(artifacts: Artifacts) -> ComparisonResult | None:
    """A run's comparison; None where an input changed while it was read."""
    document = artifacts.read_json(COMPARISON)
    return ComparisonResult.from_json(document["result"]) if "result" in document else None


def expectations_of(artifacts: Artifacts) -> tuple[ExpectationResult, ...]:
    """What the gate said of a run."""
    document = artifacts.read_json(VALIDATION)
    return tuple(ExpectationResult.from_json(result) for result in document["results"])


def verdict_of(artifacts: Artifacts) -> Verdict:
    """The worst of a run's comparison and its gate."""
    result = comparison_of(artifacts)
    compared = Verdict.INDETERMINATE if result is None else result.verdict
    return run_verdict(compared, expectations_of(artifacts))


def judged_everything(artifacts: Artifacts) -> bool:
    """Whether a run is not indeterminate and left no expectation that makes letters undecided."""
    undecided = any(
        result.severity is not ExpectationSeverity.INFO and _is_undecided(result)
        for result in expectations_of(artifacts)
    )
    return not undecided and verdict_of(artifacts) is not Verdict.INDETERMINATE


def _is_undecided(result: ExpectationResult) -> bool:
    unread = (
        result.outcome is Outcome.NOT_EVALUATED and result.subject is not ExpectationSubject.RESULT
    )
    return unread or result.outcome is Outcome.ERRORED
