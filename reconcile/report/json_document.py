"""The JSON that `reconcile run` and `reconcile report --format json` print."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from reconcile.model.discrepancy import Kind
from reconcile.model.expectation import ExpectationResult
from reconcile.model.price import PriceList
from reconcile.report.accounts import require_balance
from reconcile.report.content import Example, PinnedInput, Report, WindowReport
from reconcile.report.numbers import exact_text
from reconcile.report.wire import Taken, sides

_COMPARISON_FIELDS = (
    "counts",
    "columns",
    "schema",
    "proof",
    "engine",
    "strategy",
    "seconds",
    "bytes_read",
    "requests",
)


def json_document(report: Report) -> dict[str, Any]:
    """The report as plain values, ready for `json.dumps`.

    A window's `verdict` is its run's, the comparison's own is `comparison_verdict`. A window
    without a comparison has null in every field of one, and its `error`.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_balance(report)
    return {
        "dataset": report.dataset,
        "verdict": report.verdict.value,
        "cost": cost_of(sides(report.windows, report.prices), report.prices),
        "windows": [_window(window, report.prices) for window in report.windows],
    }


def _window(window: WindowReport, prices: PriceList | None) -> dict[str, Any]:
    comparison = window.result.to_json() if window.result else {}
    return {
        "window": window.window,
        "run_id": window.run_id,
        "verdict": window.verdict.value if window.verdict else None,
        "comparison_verdict": comparison.get("verdict"),
        **{name: comparison.get(name) for name in _COMPARISON_FIELDS},
        "cost": cost_of(sides([window], prices), prices),
        "expectations": [_expectation(result) for result in window.expectations],
        "dead_letters": dict(vars(window.dead_letters)),
        "report": window.report,
        "discrepancies": window.discrepancies,
        "inputs": {"source": _input(window.source), "target": _input(window.target)},
        "examples": [_example(example) for example in window.examples],
        "examples_total": _example_totals(window),
        "started_at": instant_of(window.started_at),
        "finished_at": instant_of(window.finished_at),
        "error": window.error,
    }


def _expectation(result: ExpectationResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "subject": result.subject.value,
        "type": result.type,
        "arguments": dict(result.arguments),
        "severity": result.severity.value,
        "outcome": result.outcome.value,
        "observed": result.observed,
        "unexpected_rows": result.unexpected_rows,
        "reason": result.reason,
    }


def _example(example: Example) -> dict[str, Any]:
    return {
        "kind": example.kind.value,
        "side": example.side.value,
        "match_key": example.match_key,
        "mismatched_columns": list(example.mismatched_columns),
        "source_row": example.source_row,
        "target_row": example.target_row,
    }


def _example_totals(window: WindowReport) -> dict[str, int] | None:
    counts = window.counts
    return None if counts is None else {kind.value: counts.of(kind) for kind in Kind}


def _input(pinned: PinnedInput | None) -> dict[str, Any] | None:
    return None if pinned is None else dict(vars(pinned))


def cost_of(sides: Iterable[tuple[str, Taken]], prices: PriceList | None) -> dict[str, Any] | None:
    """Costs by side as exact decimals; null where there is no price, or nobody has counted.

    Args:
        sides: What each side took, and both, as far as it is known.
        prices: None where nobody has set any.
    """
    if prices is None:
        return None
    known = dict(sides)
    parts = {name: known.get(name) for name in ("source", "target", "both")}
    return {"currency": prices.currency} | {
        "total" if name == "both" else name: None
        if part is None or part.cost is None
        else exact_text(part.cost)
        for name, part in parts.items()
    }


def instant_of(instant: datetime | None) -> str | None:
    """An instant in ISO 8601, in UTC."""
    return None if instant is None else instant.astimezone(UTC).isoformat()
