"""The one row of figures of a window, which `result` expectations look at.

A figure of a column is called `mismatched__<column>` or `mismatched_share__<column>`. Neither
prefix begins the other nor any fixed figure, so no column name, whatever it holds, can collide.
"""

from __future__ import annotations

import math

from reconcile.model.discrepancy import Kind
from reconcile.model.result import ComparisonResult, Counts
from reconcile.model.rules import Severity

Figure = int | float | str | None

MISMATCHED = "mismatched__"
MISMATCHED_SHARE = "mismatched_share__"

FIXED_FIGURES = (
    "window",
    "verdict",
    *vars(Counts()),
    "duplicate_key",
    "discrepancies",
    "schema_findings",
    "failing_schema_findings",
    "matched_share",
    *(f"{kind.value}_share" for kind in Kind),
)


def figures(result: ComparisonResult, *, window: str) -> dict[str, Figure]:
    """What one comparison counted, as one flat row.

    Counts are rows. Shares are of the larger side's rows; `duplicate_key` counts both sides
    together, so its share may pass 1. Nothing against nothing has a `matched_share` of 1.
    `schema_findings` leaves out ignored ones.

    A figure is None where the comparison could not know it: the counts that `Counts` leaves
    None, and both figures of a column that was not compared.
    """
    counts = result.counts
    base = counts.larger_side
    shown = [f for f in result.schema if f.severity is not Severity.IGNORE]
    row: dict[str, Figure] = {
        "window": window,
        "verdict": result.verdict.value,
        **vars(counts),
        "duplicate_key": counts.of(Kind.DUPLICATE_KEY),
        "discrepancies": counts.discrepancies,
        "schema_findings": len(shown),
        "failing_schema_findings": sum(f.severity is Severity.FAIL for f in shown),
        "matched_share": share(counts.matched, base) if base else 1.0,
    }
    for kind in Kind:
        row[f"{kind.value}_share"] = share(counts.of(kind), base)
    return row | _column_figures(result, base)


def _column_figures(result: ComparisonResult, base: int) -> dict[str, Figure]:
    row: dict[str, Figure] = {}
    for name, column in result.columns.items():
        row[MISMATCHED + name] = column.mismatched if column.compared else None
        row[MISMATCHED_SHARE + name] = share(column.mismatched, base) if column.compared else None
    return row


def share(part: int, whole: int) -> float:
    """`part / whole`, 0 of an empty whole; exactly 0 or 1 only when it is so.

    A float has no room for 1 - 1e-18, so a share that would round to 1 becomes the float
    beside it, on the side it lies on.
    """
    if whole == 0:
        return 0.0
    value = part / whole
    if value == 1.0 and part != whole:
        return math.nextafter(1.0, 0.0 if part < whole else 2.0)
    return value


def figure_problem(name: str, *, columns: frozenset[str] | None) -> str | None:
    """Why a `result` expectation cannot look at this figure, or None where it can.

    Args:
        name: The figure as the expectation names it.
        columns: Columns that can be compared, where they are known.
    """
    if name in FIXED_FIGURES:
        return None
    for prefix in (MISMATCHED, MISMATCHED_SHARE):
        if name.startswith(prefix):
            column = name.removeprefix(prefix)
            known = columns is None or column in columns
            return None if known else f"figure {name!r} is of an unknown column {column!r}"
    return f"unknown figure {name!r}"
