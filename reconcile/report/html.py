"""The HTML report: one file that needs nothing beside it and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reconcile.model.discrepancy import Kind, Side
from reconcile.report import cells, headline, numbers, proof, span, strip, totals, wire
from reconcile.report.accounts import Account, accounts, require_balance
from reconcile.report.content import Example, Report, WindowReport
from reconcile.report.printable import shortened, visible

_LONGEST_NAME = 300
_LEAST_SEGMENT = 0.5


@dataclass(frozen=True)
class Segment:
    """A piece of a horizontal bar, in percent of its length."""

    name: str
    start: float
    width: float


def html_report(report: Report) -> str:
    """The report as one HTML document that may be opened from disk or mailed.

    It holds no script and asks for no other file, and says so in its own
    Content-Security-Policy.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_balance(report)
    return _environment().get_template("report.html").render(report=report)


def segments(parts: Sequence[tuple[str, int]]) -> tuple[Segment, ...]:
    """A bar of the parts; one that is not zero is never too thin to see."""
    present = [(name, count) for name, count in parts if count]
    whole = sum(count for _, count in present)
    widths = [max(100 * count / whole, _LEAST_SEGMENT) for _, count in present]
    scale = 100 / sum(widths, start=0.0) if widths else 1.0
    placed, start = [], 0.0
    for (name, _), width in zip(present, widths, strict=True):
        placed.append(Segment(name, round(start, 3), round(width * scale, 3)))
        start += width * scale
    return tuple(placed)


def account_bar(account: Account) -> tuple[Segment, ...]:
    """One side's rows by what became of them."""
    return segments(account.terms)


def examples_of(window: WindowReport, kind: Kind) -> tuple[Example, ...]:
    """The examples of one kind, in the order given."""
    return tuple(example for example in window.examples if example.kind is kind)


def _seen(text: object) -> str:
    return shortened(visible(str(text)), limit=_LONGEST_NAME)


def _prose(text: str) -> str:
    """As `_seen`, keeping a number and its percent sign on one line."""
    return _seen(text).replace(" %", "\u00a0%")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reconcile.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "seen": _seen,
        "prose": _prose,
        "count": numbers.count_text,
        "bytes": numbers.bytes_text,
        "seconds": numbers.seconds_text,
        "instant": numbers.instant_text,
    }
    environment.globals |= _vocabulary()
    return environment


def _vocabulary() -> dict[str, Any]:
    """The pure functions that the templates may ask."""
    return {
        "Kind": Kind,
        "Side": Side,
        "account_bar": account_bar,
        "accounts": accounts,
        "example_row": cells.example_row,
        "examples_of": examples_of,
        "headline": headline,
        "numbers": numbers,
        "picture": strip,
        "proofs": proof,
        "segments": segments,
        "span": span,
        "totals": totals,
        "wire": wire,
    }
