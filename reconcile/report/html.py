"""The HTML report of a reconciliation."""

from __future__ import annotations

from reconcile.model.discrepancy import Kind, Side
from reconcile.report import cells, headline, proof, span, strip, totals, wire
from reconcile.report.accounts import Account, accounts, require_balance
from reconcile.report.content import Example, Report, WindowReport
from reconcile.report.page import Segment, environment, segments


def html_report(report: Report) -> str:
    """The report as one HTML document that may be opened from disk or mailed.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_balance(report)
    made = environment(
        Kind=Kind,
        Side=Side,
        account_bar=account_bar,
        accounts=accounts,
        example_row=cells.example_row,
        examples_of=examples_of,
        headline=headline,
        picture=strip,
        proofs=proof,
        span=span,
        totals=totals,
        wire=wire,
    )
    return made.get_template("report.html").render(report=report)


def account_bar(account: Account) -> tuple[Segment, ...]:
    """One side's rows by what became of them."""
    return segments(account.terms)


def examples_of(window: WindowReport, kind: Kind) -> tuple[Example, ...]:
    """The examples of one kind, in the order given."""
    return tuple(example for example in window.examples if example.kind is kind)
