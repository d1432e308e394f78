"""Counts, findings and thresholds become one verdict."""

from decimal import Decimal

import pytest

from reconcile.comparison.verdict import judge
from reconcile.errors import Unbalanced
from reconcile.model.discrepancy import Kind
from reconcile.model.result import Counts, SchemaFinding, Verdict
from reconcile.model.rules import FindingKind, Severity, Threshold

ONE_OF_TEN = Counts(source_rows=10, target_rows=10, matched=9, value_mismatch=1)


def finding(severity: Severity) -> SchemaFinding:
    return SchemaFinding(FindingKind.MISSING_IN_TARGET, "c", "int64", None, severity)


@pytest.mark.parametrize(
    ("threshold", "verdict"),
    [
        (None, Verdict.BREACHED),
        (Threshold(), Verdict.BREACHED),
        (Threshold(rows=1), Verdict.WITHIN_THRESHOLD),
        (Threshold(rows=0), Verdict.BREACHED),
        (Threshold(share=Decimal("0.1")), Verdict.WITHIN_THRESHOLD),
        (Threshold(share=Decimal("0.0999999999999999999999")), Verdict.BREACHED),
        (Threshold(rows=1, share=Decimal("0.01")), Verdict.BREACHED),
        (Threshold(rows=0, share=Decimal(1)), Verdict.BREACHED),
    ],
    ids=str,
)
def test_all_limits_given_must_hold_limits_included(threshold, verdict):
    thresholds = {} if threshold is None else {Kind.VALUE_MISMATCH: threshold}
    assert judge(ONE_OF_TEN, (), thresholds) is verdict


def test_duplicate_keys_of_both_sides_count_together():
    counts = Counts(source_rows=2, target_rows=2, duplicate_key_source=2, duplicate_key_target=2)
    assert judge(counts, (), {Kind.DUPLICATE_KEY: Threshold(rows=3)}) is Verdict.BREACHED
    assert judge(counts, (), {Kind.DUPLICATE_KEY: Threshold(rows=4)}) is Verdict.WITHIN_THRESHOLD


def test_a_threshold_of_one_kind_says_nothing_of_another():
    counts = Counts(source_rows=1, target_rows=2, matched=1, missing_in_source=1)
    lenient = {Kind.MISSING_IN_TARGET: Threshold(rows=9)}
    assert judge(counts, (), lenient) is Verdict.BREACHED


def test_empty_against_empty_is_matched_unless_a_finding_fails():
    assert judge(Counts(), (), {}) is Verdict.MATCHED
    assert judge(Counts(), (finding(Severity.NOTE),), {}) is Verdict.MATCHED
    assert judge(Counts(), (finding(Severity.FAIL),), {}) is Verdict.BREACHED


def test_empty_against_something_is_breached_whatever_the_thresholds():
    counts = Counts(source_rows=3, missing_in_target=3)
    assert judge(counts, (), {Kind.MISSING_IN_TARGET: Threshold(rows=9)}) is Verdict.BREACHED


def test_accounts_that_do_not_balance_are_no_result():
    with pytest.raises(Unbalanced, match="do not balance"):
        judge(Counts(source_rows=2, target_rows=1, matched=1), (), {})
