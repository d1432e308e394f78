"""The windows of a report added up, so that a month reads like a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from reconcile.model.expectation import ExpectationResult, Outcome
from reconcile.model.result import Counts, Proof, SchemaFinding
from reconcile.report.content import LetterCounts, WindowReport

_WORST_FIRST = (Outcome.ERRORED, Outcome.FAILED, Outcome.NOT_EVALUATED, Outcome.PASSED)


@dataclass(frozen=True)
class ColumnTotal:
    """One column over the windows compared; `rule` as judged in each, joined where they differ."""

    name: str
    mismatched: int
    rule: str
    not_compared_in: tuple[str, ...]


@dataclass(frozen=True)
class FindingTotal:
    """One schema finding and the windows that have it."""

    finding: SchemaFinding
    windows: tuple[str, ...]


@dataclass(frozen=True)
class ExpectationTotal:
    """One expectation over the windows; `result` is its worst, the latest of those.

    Attributes:
        result: The result to show.
        outcomes: Each outcome that occurred, worst first, with the windows it occurred in.
    """

    result: ExpectationResult
    outcomes: tuple[tuple[Outcome, tuple[str, ...]], ...]


def total_counts(windows: Sequence[WindowReport]) -> Counts:
    """Every count summed over the windows compared; None where one of them is not known."""
    every = [window.counts for window in windows if window.counts is not None]

    def total(name: str) -> int | None:
        figures = [getattr(counts, name) for counts in every]
        return None if None in figures else sum(figures)

    return Counts(**{figure.name: total(figure.name) for figure in fields(Counts)})  # type: ignore[arg-type]


def total_proof(windows: Sequence[WindowReport]) -> Proof:
    """Source plus target rows of all windows by how they were proven."""
    proofs = [window.result.proof for window in windows if window.result is not None]
    return Proof(
        by_checksum=sum(proof.by_checksum for proof in proofs),
        by_fingerprint=sum(proof.by_fingerprint for proof in proofs),
        by_row=sum(proof.by_row for proof in proofs),
    )


def total_letters(windows: Sequence[WindowReport]) -> LetterCounts:
    """The dead letters of all windows together."""
    return LetterCounts(
        opened=sum(window.dead_letters.opened for window in windows),
        reopened=sum(window.dead_letters.reopened for window in windows),
        closed=sum(window.dead_letters.closed for window in windows),
    )


def column_totals(windows: Sequence[WindowReport]) -> tuple[ColumnTotal, ...]:
    """Every column, the one with the most mismatches first, then by name."""
    mismatched: dict[str, int] = {}
    rules: dict[str, dict[str, None]] = {}
    not_compared: dict[str, list[str]] = {}
    for window in windows:
        for name, column in (window.result.columns if window.result else {}).items():
            mismatched[name] = mismatched.get(name, 0) + column.mismatched
            rules.setdefault(name, {})[column.rule] = None
            if not column.compared:
                not_compared.setdefault(name, []).append(window.window)
    totals = (
        ColumnTotal(name, count, " / ".join(rules[name]), tuple(not_compared.get(name, ())))
        for name, count in mismatched.items()
    )
    return tuple(sorted(totals, key=lambda column: (-column.mismatched, column.name)))


def finding_totals(windows: Sequence[WindowReport]) -> tuple[FindingTotal, ...]:
    """Every distinct schema finding, in the order first met."""
    found: dict[SchemaFinding, list[str]] = {}
    for window in windows:
        for finding in window.result.schema if window.result else ():
            found.setdefault(finding, []).append(window.window)
    return tuple(FindingTotal(finding, tuple(names)) for finding, names in found.items())


def expectation_totals(windows: Sequence[WindowReport]) -> tuple[ExpectationTotal, ...]:
    """Every expectation by its id, those with the worst outcome first."""
    by_id: dict[str, list[tuple[str, ExpectationResult]]] = {}
    for window in windows:
        for result in window.expectations:
            by_id.setdefault(result.id, []).append((window.window, result))
    totals = [_expectation_total(results) for results in by_id.values()]
    return tuple(sorted(totals, key=lambda total: _WORST_FIRST.index(total.outcomes[0][0])))


def _expectation_total(results: list[tuple[str, ExpectationResult]]) -> ExpectationTotal:
    outcomes = tuple(
        (outcome, tuple(window for window, result in results if result.outcome is outcome))
        for outcome in _WORST_FIRST
        if any(result.outcome is outcome for _, result in results)
    )
    worst = outcomes[0][0]
    shown = next(result for _, result in reversed(results) if result.outcome is worst)
    return ExpectationTotal(shown, outcomes)
