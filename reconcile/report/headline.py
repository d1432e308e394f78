"""What a report says first: the verdict in one sentence, and the reasons for it."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.model.discrepancy import Kind
from reconcile.model.expectation import (
    ExpectationResult,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.model.result import Counts, SchemaFinding, Verdict
from reconcile.model.rules import CompareRules, FindingKind, Severity
from reconcile.report.content import Report, WindowReport
from reconcile.report.numbers import count_text, counted, limit_text, rows_text, share_text
from reconcile.report.span import gaps, window_noun
from reconcile.report.totals import column_totals, total_counts


@dataclass(frozen=True)
class Face:
    """How a verdict looks: a word, a glyph that differs in shape, and a name for its style."""

    word: str
    glyph: str
    style: str


_FACES = {
    Verdict.MATCHED: Face("Matched", "✓", "matched"),
    Verdict.WITHIN_THRESHOLD: Face("Within threshold", "≈", "within"),
    Verdict.BREACHED: Face("Breached", "✗", "breached"),
    Verdict.INDETERMINATE: Face("Indeterminate", "?", "indeterminate"),
}
_NO_VERDICT = Face("No verdict", "○", "absent")

KIND_MEANING = {
    Kind.VALUE_MISMATCH: "on both sides, with different values",
    Kind.MISSING_IN_TARGET: "in the source only",
    Kind.MISSING_IN_SOURCE: "in the target only",
    Kind.DUPLICATE_KEY: "repeated under one key, so that no honest pairing exists",
}


def face(verdict: Verdict | None) -> Face:
    """How a verdict, or the want of one, looks."""
    return _NO_VERDICT if verdict is None else _FACES[verdict]


def report_face(report: Report) -> Face:
    """How the whole report looks; a single window without a verdict shows that it has none."""
    return face(report.windows[0].verdict if len(report.windows) == 1 else report.verdict)


def sentence(report: Report) -> str:
    """The verdict in one sentence for somebody who knows the airline, not the program."""
    return " ".join([_judgement(report), *_reservations(report)])


def _judgement(report: Report) -> str:
    match report.verdict:
        case Verdict.MATCHED:
            return _matched_sentence(report)
        case Verdict.WITHIN_THRESHOLD:
            return f"The copies differ, inside the agreed limits: {_differing(report)}."
        case Verdict.BREACHED:
            return _breached_sentence(report)
        case _:
            return _indeterminate_sentence(report)


def _reservations(report: Report) -> list[str]:
    """What keeps the judgement from covering everything a reader would take it to cover."""
    reservations = []
    missing = len(gaps(report.windows))
    if missing:
        noun = window_noun(report.windows)
        reservations.append(f"No run covers {counted(missing, noun)} in between.")
    unread = sum(len(unread_checks(window)) for window in report.windows)
    if unread:
        verb = "was" if unread == 1 else "were"
        reservations.append(
            f"{counted(unread, 'check')} {verb} not evaluated, since the rows were not read."
        )
    skipped = sum(1 for column in column_totals(report.windows) if column.not_compared_in)
    if skipped:
        reservations.append(f"{counted(skipped, 'column')} could not be compared.")
    return reservations


def _matched_sentence(report: Report) -> str:
    counts = total_counts(report.windows)
    if counts.larger_side == 0:
        return "Both copies are empty, and so they are equal."
    if counts.larger_side == 1:
        return "Both copies are complete and equal: the one row matches."
    return f"Both copies are complete and equal: all {rows_text(counts.matched)} match."


def _breached_sentence(report: Report) -> str:
    if total_counts(report.windows).discrepancies:
        return f"The copies are not equal: {_differing(report)}."
    failures = counted(_failed_checks(report), "check")
    return f"{_rows_compared(report)}, but {failures} failed."


def _rows_compared(report: Report) -> str:
    counts = total_counts(report.windows)
    if counts.discrepancies:
        return f"As far as they were compared {_differing(report)}"
    rows = f"all {rows_text(counts.matched)} match" if counts.matched else "no row differs"
    return f"As far as they were compared {rows}"


def _indeterminate_sentence(report: Report) -> str:
    open_checks = sum(len(open_critical_checks(window)) for window in report.windows)
    if open_checks and all(_is_compared(window) for window in report.windows):
        verb = "has" if open_checks == 1 else "have"
        return f"{_rows_compared(report)}, but {counted(open_checks, 'check')} {verb} no answer."
    unanswered = sum(_unanswered(window) for window in report.windows)
    noun = window_noun(report.windows)
    text = "It is not known whether the copies are equal"
    if len(report.windows) > 1:
        text += f": {unanswered:,} of {counted(len(report.windows), noun)} have no answer"
    breached = sum(window.verdict is Verdict.BREACHED for window in report.windows)
    if breached:
        text += f", and {counted(breached, noun)} breached the limits"
    return text + "."


def _is_compared(window: WindowReport) -> bool:
    return window.result is not None and window.result.verdict is not Verdict.INDETERMINATE


def _unanswered(window: WindowReport) -> bool:
    return window.verdict in (None, Verdict.INDETERMINATE)


def _differing(report: Report) -> str:
    counts = total_counts(report.windows)
    verb = "disagrees" if counts.discrepancies == 1 else "disagree"
    text = f"{rows_text(counts.discrepancies)} {verb}, {matched_share(counts)} match"
    if len(report.windows) == 1:
        return text
    touched = sum(window.verdict is not Verdict.MATCHED for window in report.compared)
    noun = window_noun(report.windows)
    return f"{text}; {touched:,} of {counted(len(report.windows), noun)} are affected"


def _failed_checks(report: Report) -> int:
    return sum(len(failing_findings(w)) + len(gate_failures(w)) for w in report.windows)


def matched_share(counts: Counts) -> str:
    """The share of the larger side's rows that match, with that number of rows."""
    share = share_text(counts.matched, counts.larger_side)
    return f"{share} of {counts.larger_side:,}"


def failing_findings(window: WindowReport) -> tuple[SchemaFinding, ...]:
    """The schema findings that fail the verdict."""
    schema = window.result.schema if window.result else ()
    return tuple(finding for finding in schema if finding.severity is Severity.FAIL)


def gate_failures(window: WindowReport) -> tuple[ExpectationResult, ...]:
    """The expectations that stand between this window and a good verdict."""
    return tuple(
        expectation
        for expectation in window.expectations
        if expectation.outcome is Outcome.ERRORED
        or (
            expectation.outcome is Outcome.FAILED
            and expectation.severity is ExpectationSeverity.CRITICAL
        )
    )


def open_critical_checks(window: WindowReport) -> tuple[ExpectationResult, ...]:
    """The critical expectations that neither passed nor failed, where they might have failed."""
    return tuple(
        expectation
        for expectation in window.expectations
        if expectation.severity is ExpectationSeverity.CRITICAL
        and (expectation.outcome is Outcome.ERRORED or expectation in unread_checks(window))
    )


def unread_checks(window: WindowReport) -> tuple[ExpectationResult, ...]:
    """The expectations on rows that nobody read, and so neither passed nor failed."""
    return tuple(
        expectation
        for expectation in window.expectations
        if expectation.outcome is Outcome.NOT_EVALUATED
        and expectation.subject is not ExpectationSubject.RESULT
    )


def reasons(window: WindowReport, rules: CompareRules) -> tuple[str, ...]:
    """Why a window has its verdict, one line each; empty where nothing is wrong."""
    lines = [window.error] if window.error else []
    if window.run_id is None and window.result is None and window.error is None:
        lines.append("No run covers this window.")
    counts = window.counts
    if counts is not None:
        lines += _count_reasons(counts, rules)
    lines += [finding_text(finding) for finding in failing_findings(window)]
    lines += [_expectation_reason(expectation) for expectation in gate_failures(window)]
    lines += [
        _expectation_reason(expectation)
        for expectation in unread_checks(window)
        if expectation.severity is ExpectationSeverity.CRITICAL
    ]
    return tuple(lines)


def _count_reasons(counts: Counts, rules: CompareRules) -> list[str]:
    lines = []
    if (counts.source_rows == 0) != (counts.target_rows == 0):
        empty = "source" if counts.source_rows == 0 else "target"
        lines.append(f"The {empty} holds no rows, which no threshold allows.")
    for kind in Kind:
        if counts.of(kind):
            allowed = limit_text(rules.thresholds.get(kind))
            rows = rows_text(counts.of(kind))
            lines.append(f"{kind.value}: {rows} {KIND_MEANING[kind]}; allowed: {allowed}.")
    return lines


def finding_text(finding: SchemaFinding) -> str:
    """A schema finding as a sentence."""
    column = f"Column {finding.column}"
    types = f"{finding.source_type} in the source, {finding.target_type} in the target"
    match finding.kind:
        case FindingKind.MISSING_IN_TARGET:
            return f"{column} ({finding.source_type}) is missing in the target."
        case FindingKind.MISSING_IN_SOURCE:
            return f"{column} ({finding.target_type}) is missing in the source."
        case FindingKind.TYPE_CHANGED:
            return f"{column} is {types}; its values are compared all the same."
        case _:
            return f"{column} is {types}: not comparable."


def _expectation_reason(expectation: ExpectationResult) -> str:
    what = f"{expectation.type} on {expectation.subject.value}"
    if expectation.outcome is Outcome.ERRORED:
        return f"Expectation {what} could not be evaluated: {expectation.reason}"
    if expectation.outcome is Outcome.NOT_EVALUATED:
        return f"Critical expectation {what} was not evaluated: {expectation.reason}"
    return f"Critical expectation {what} failed: {observed_text(expectation)}"


def observed_text(expectation: ExpectationResult) -> str:
    """What was observed, with the number of failing rows; the reason where there is none."""
    parts = [part for part in (expectation.observed, expectation.reason) if part]
    if expectation.unexpected_rows is not None:
        parts.append(f"{count_text(expectation.unexpected_rows)} failing")
    return "; ".join(parts) or "nothing observed"


def arguments_text(expectation: ExpectationResult) -> str:
    """The arguments of an expectation as `name=value`, in the order given."""
    return ", ".join(f"{name}={value}" for name, value in expectation.arguments.items())
