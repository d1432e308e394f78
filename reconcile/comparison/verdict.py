"""The verdict: counts, findings and thresholds in, one judgement out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reconcile.errors import Unbalanced
from reconcile.model.discrepancy import Kind
from reconcile.model.result import Counts, SchemaFinding, Verdict
from reconcile.model.rules import Severity, Threshold


def judge(
    counts: Counts, findings: Sequence[SchemaFinding], thresholds: Mapping[Kind, Threshold]
) -> Verdict:
    """The verdict of one comparison whose inputs were read whole (`semantics.md` section 8).

    Raises:
        Unbalanced: The accounts do not add up, so there is nothing to judge.
    """
    if not counts.balanced:
        raise Unbalanced(
            "the accounts of the comparison do not balance",
            found=str(vars(counts)),
            next_step="report this as a defect, with the inputs",
        )
    if any(finding.severity is Severity.FAIL for finding in findings):
        return Verdict.BREACHED
    if counts.discrepancies == 0:
        return Verdict.MATCHED
    if 0 in (counts.source_rows, counts.target_rows):
        return Verdict.BREACHED
    kinds = [kind for kind in Kind if counts.of(kind)]
    within = all(_within(counts, kind, thresholds.get(kind)) for kind in kinds)
    return Verdict.WITHIN_THRESHOLD if within else Verdict.BREACHED


def _within(counts: Counts, kind: Kind, threshold: Threshold | None) -> bool:
    if threshold is None or (threshold.rows is None and threshold.share is None):
        return False
    rows = counts.of(kind)
    if threshold.rows is not None and rows > threshold.rows:
        return False
    share = Fraction(rows, counts.larger_side)
    return threshold.share is None or share <= Fraction(threshold.share)
