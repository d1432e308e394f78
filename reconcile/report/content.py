"""What a report shows, as values: everything was decided and counted before it comes here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconcile.errors import BadInput
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.expectation import ExpectationResult, Outcome
from reconcile.model.price import PriceList
from reconcile.model.result import ComparisonResult, Counts, Verdict, worst_verdict
from reconcile.model.rules import CompareRules

EXAMPLES_PER_KIND = 20
"""Rows of each kind that a report shows; the exact total stands beside them."""


@dataclass(frozen=True)
class Example:
    """One discrepant row, as `--discrepancies` writes it; key and rows are JSON text."""

    kind: Kind
    side: Side
    match_key: str
    mismatched_columns: tuple[str, ...] = ()
    source_row: str | None = None
    target_row: str | None = None


@dataclass(frozen=True)
class PinnedInput:
    """What one side of a window was, when it was pinned.

    Attributes:
        location: Where the objects lie.
        objects: How many there are; 0 for a partition that was absent.
        bytes: Their size together.
        rows: Their rows, None where they were never counted.
    """

    location: str
    objects: int
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class LetterCounts:
    """Dead letters by what a run did to them."""

    opened: int = 0
    reopened: int = 0
    closed: int = 0


@dataclass(frozen=True)
class WindowReport:
    """One window's run. Its examples may be capped; `result.counts` has the exact totals.

    Attributes:
        window: The window's name.
        run_id: None for a window that never ran, and for a comparison outside any run.
        verdict: Worst of comparison and gate; None where the run came to none.
        result: The comparison; None where it did not end.
        discrepancies: Where every discrepant row lies as Parquet.
        report: Where this window's HTML report lies.
        error: The one line it failed with.
    """

    window: str
    run_id: str | None
    verdict: Verdict | None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: ComparisonResult | None = None
    expectations: tuple[ExpectationResult, ...] = ()
    examples: tuple[Example, ...] = ()
    source: PinnedInput | None = None
    target: PinnedInput | None = None
    dead_letters: LetterCounts = LetterCounts()
    discrepancies: str | None = None
    report: str | None = None
    error: str | None = None

    @property
    def counts(self) -> Counts | None:
        """The counts of the comparison, where there was one."""
        return self.result.counts if self.result else None

    @property
    def is_clean(self) -> bool:
        """Whether nothing about this window asks for a reader's attention."""
        return self.verdict is Verdict.MATCHED and not any(
            expectation.outcome in (Outcome.FAILED, Outcome.ERRORED)
            for expectation in self.expectations
        )


@dataclass(frozen=True)
class Report:
    """A dataset over one window or a span of them, oldest first.

    Attributes:
        prices: What goes over the wire costs by them; None shows no cost.

    Raises:
        BadInput: There is no window to report on.
    """

    dataset: str
    windows: tuple[WindowReport, ...]
    rules: CompareRules
    made_at: datetime
    description: str = ""
    owner: str = ""
    timezone: str = "UTC"
    prices: PriceList | None = None

    def __post_init__(self) -> None:
        if not self.windows:
            raise BadInput(
                f"a report on {self.dataset} has no window",
                expected="at least one run",
                next_step="see `reconcile runs list` for what ran",
            )

    @property
    def verdict(self) -> Verdict:
        """The worst of the windows; one without a verdict makes it indeterminate."""
        return worst_verdict(window.verdict or Verdict.INDETERMINATE for window in self.windows)

    @property
    def compared(self) -> tuple[WindowReport, ...]:
        """The windows that have a comparison."""
        return tuple(window for window in self.windows if window.result is not None)
