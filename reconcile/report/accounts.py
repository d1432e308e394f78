"""The two accounts every comparison must balance: every row in exactly one outcome."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.errors import Unbalanced
from reconcile.model.discrepancy import Side
from reconcile.model.result import Counts
from reconcile.report.content import Report, WindowReport
from reconcile.report.proof import proof_total, rows_of_both_sides


@dataclass(frozen=True)
class Account:
    """One side's equation: `total` rows are the sum of the terms."""

    side: Side
    total: int
    terms: tuple[tuple[str, int], ...]

    @property
    def balances(self) -> bool:
        """Whether it adds up."""
        return self.total == sum(count for _, count in self.terms)

    def equation(self) -> str:
        """The account in figures, as one line."""
        terms = " + ".join(f"{name} {count:,}" for name, count in self.terms)
        return f"{self.side.value}_rows {self.total:,} = {terms}"


def accounts(counts: Counts) -> tuple[Account, Account]:
    """The source's and the target's account."""
    common = (("matched", counts.matched), ("value_mismatch", counts.value_mismatch))
    source = Account(
        Side.SOURCE,
        counts.source_rows,
        (
            *common,
            ("missing_in_target", counts.missing_in_target),
            ("duplicate_key", counts.duplicate_key_source),
        ),
    )
    target = Account(
        Side.TARGET,
        counts.target_rows,
        (
            *common,
            ("missing_in_source", counts.missing_in_source),
            ("duplicate_key", counts.duplicate_key_target),
        ),
    )
    return source, target


def require_balance(report: Report) -> None:
    """Refuse a report whose figures contradict each other.

    Raises:
        Unbalanced: An account does not add up, or more rows of a kind are shown than counted.
    """
    for window in report.windows:
        if window.result is not None:
            _require_balanced(report.dataset, window, window.result.counts)


def _require_balanced(dataset: str, window: WindowReport, counts: Counts) -> None:
    where = f"{dataset}@{window.window} (run {window.run_id})"
    for account in accounts(counts):
        if not account.balances:
            raise Unbalanced(
                f"the {account.side.value} account of {where} does not balance",
                found=account.equation(),
                next_step="run the window again and report this defect",
            )
    proven = proof_total(window.result.proof) if window.result else 0
    if proven > rows_of_both_sides(counts):
        raise Unbalanced(
            f"more rows of {where} are said to be proven than there are",
            found=f"{proven:,} rows",
            expected=f"at most {rows_of_both_sides(counts):,}",
            next_step="run the window again and report this defect",
        )
    for kind in {example.kind for example in window.examples}:
        shown = sum(example.kind is kind for example in window.examples)
        if shown > counts.of(kind):
            raise Unbalanced(
                f"the examples of {where} outnumber what was counted",
                found=f"{shown} {kind.value} examples",
                expected=f"at most {counts.of(kind)}",
                next_step="run the window again and report this defect",
            )
