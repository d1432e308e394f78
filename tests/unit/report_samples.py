"""Small reports to look at: windows of flights whose accounts balance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from reconcile.model.discrepancy import Kind, Side
from reconcile.model.expectation import (
    ExpectationResult,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.model.result import (
    ColumnResult,
    ComparisonResult,
    Counts,
    Proof,
    SchemaFinding,
    Verdict,
)
from reconcile.model.rules import CompareRules, Threshold
from reconcile.report.content import Example, LetterCounts, PinnedInput, Report, WindowReport

RULES = CompareRules(
    match_key=("flight_date", "flight"),
    exclude=("loaded_at",),
    thresholds={Kind.VALUE_MISMATCH: Threshold(rows=5, share=Decimal("0.01"))},
)
NOON = datetime(2013, 2, 1, 12, tzinfo=UTC)


def result(
    *,
    matched: int = 720,
    value_mismatch: int = 0,
    missing_in_target: int = 0,
    missing_in_source: int = 0,
    duplicates_in_source: int = 0,
    verdict: Verdict | None = None,
    mismatched: Mapping[str, int] | None = None,
    schema: tuple[SchemaFinding, ...] = (),
    proof: Proof | None = None,
) -> ComparisonResult:
    both = matched + value_mismatch
    counts = Counts(
        source_rows=both + missing_in_target + duplicates_in_source,
        target_rows=both + missing_in_source,
        matched=matched,
        value_mismatch=value_mismatch,
        missing_in_target=missing_in_target,
        missing_in_source=missing_in_source,
        duplicate_key_source=duplicates_in_source,
    )
    columns = {"dest": 0, "tailnum": 0} | dict(mismatched or {})
    return ComparisonResult(
        verdict=verdict or (Verdict.BREACHED if counts.discrepancies else Verdict.MATCHED),
        counts=counts,
        columns={name: ColumnResult(True, count, "exact") for name, count in columns.items()},
        schema=schema,
        proof=proof or Proof(by_row=counts.source_rows + counts.target_rows),
        engine="duckdb",
        strategy="join",
        seconds=0.42,
        bytes_read={"source": 31_234, "target": 32_345},
    )


def window(
    name: str = "2013-01-05", compared: ComparisonResult | None = None, **other: Any
) -> WindowReport:
    compared = compared or result()
    rows = compared.counts
    parts = {
        "run_id": f"run-{name}",
        "verdict": compared.verdict,
        "started_at": datetime(2013, 1, 6, 10, 0, 5, tzinfo=UTC),
        "finished_at": datetime(2013, 1, 6, 10, 0, 14, tzinfo=UTC),
        "result": compared,
        "source": PinnedInput(f"s3://ops/flights/{name}", 1, 31_234, rows.source_rows),
        "target": PinnedInput(f"az://copy/flights/{name}", 1, 32_345, rows.target_rows),
        "dead_letters": LetterCounts(opened=rows.discrepancies),
    }
    return WindowReport(name, **(parts | other))


def failed(name: str, error: str) -> WindowReport:
    return WindowReport(name, run_id=f"run-{name}", verdict=None, error=error)


def report(*windows: WindowReport, **other: Any) -> Report:
    parts: dict[str, Any] = {"dataset": "flights", "rules": RULES, "made_at": NOON}
    return Report(windows=windows or (window(),), **(parts | other))


def mismatch(flight: int = 1545, **columns: tuple[Any, Any]) -> Example:
    key = {"flight_date": "2013-01-05", "flight": flight}
    return Example(
        kind=Kind.VALUE_MISMATCH,
        side=Side.BOTH,
        match_key=json.dumps(key),
        mismatched_columns=tuple(columns),
        source_row=json.dumps(key | {name: pair[0] for name, pair in columns.items()}),
        target_row=json.dumps(key | {name: pair[1] for name, pair in columns.items()}),
    )


def lone(kind: Kind, side: Side, flight: int = 1545, **columns: Any) -> Example:
    key = {"flight_date": "2013-01-05", "flight": flight}
    row = json.dumps(key | columns)
    return Example(
        kind=kind,
        side=side,
        match_key=json.dumps(key),
        source_row=row if side is Side.SOURCE else None,
        target_row=row if side is Side.TARGET else None,
    )


def expectation(
    outcome: Outcome,
    severity: ExpectationSeverity = ExpectationSeverity.CRITICAL,
    **other: Any,
) -> ExpectationResult:
    parts: dict[str, Any] = {
        "id": "share",
        "subject": ExpectationSubject.RESULT,
        "type": "expect_column_values_to_be_between",
        "arguments": {"column": "matched_share", "min_value": 0.999},
        "observed": "matched_share 0.96",
    }
    return ExpectationResult(severity=severity, outcome=outcome, **(parts | other))
