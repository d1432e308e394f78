"""The plain report as sections of lines and tables, for whoever writes them: text or Markdown.

Everything here is already printable: foreign text went through `visible`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile.model.discrepancy import Kind
from reconcile.model.expectation import Outcome
from reconcile.model.price import PriceList
from reconcile.model.result import Counts, Proof
from reconcile.report import headline, numbers
from reconcile.report.accounts import accounts
from reconcile.report.cells import Pair, example_row
from reconcile.report.content import Example, PinnedInput, Report, WindowReport
from reconcile.report.printable import shortened, visible
from reconcile.report.proof import proof_parts, proof_sentence, rows_of_both_sides
from reconcile.report.span import span_text, uncovered_text, window_noun
from reconcile.report.totals import (
    column_totals,
    expectation_totals,
    finding_totals,
    total_counts,
    total_proof,
)
from reconcile.report.wire import Taken, sides

_OUTCOME_GLYPHS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.ERRORED: "?",
    Outcome.NOT_EVALUATED: "○",
}


@dataclass(frozen=True)
class Table:
    """Rows under a header; the columns whose place is in `numeric` are set to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it."""

    title: str
    level: int
    paragraphs: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    table: Table | None = None


def outline(report: Report) -> tuple[Section, ...]:
    """The whole plain report: the verdict first, the detail after it."""
    single = len(report.windows) == 1
    body = window_sections(report.windows[0], report, level=2) if single else _span(report)
    return (_head(report), *body, _rules(report))


def window_table(windows: Sequence[WindowReport]) -> Table:
    """One line a window, and the sum of all of them last."""
    rows = [_window_row(window) for window in windows]
    if len(windows) > 1:
        counts = total_counts(windows)
        letters = sum(w.dead_letters.opened + w.dead_letters.reopened for w in windows)
        rows.append(("all", "", *_figures(counts), f"{letters:,}"))
    header = ("window", "verdict", "source", "target", "match", "discrepancies", "letters")
    return Table(header, tuple(rows), frozenset({2, 3, 4, 5, 6}))


def window_sections(window: WindowReport, report: Report, *, level: int) -> tuple[Section, ...]:
    """Everything about one window, the most pressing first."""
    sections = []
    if window.result is not None:
        counts = window.result.counts
        sections += [
            _accounts(counts, level),
            *_examples(window, counts, report.rules.match_key, level),
            _columns([window], counts, level),
            _findings([window], level),
        ]
    if window.run_id is not None or window.expectations:
        sections.append(_expectations([window], level))
    if window.result is not None:
        sections.append(_proof(window.result.counts, window.result.proof, level))
        sections += _wire([window], report.prices, level)
    return (*sections, _run(window, level))


def _head(report: Report) -> Section:
    single = len(report.windows) == 1
    face = headline.report_face(report)
    # A comparison outside any run has no window to speak of.
    outside_runs = single and report.windows[0].run_id is None and report.windows[0].result
    about = ", ".join(_seen(part) for part in (report.description, report.owner) if part)
    reasons = headline.reasons(report.windows[0], report.rules) if single else ()
    verdict = f"{face.glyph} {face.word.upper()}. {_seen(headline.sentence(report))}"
    return Section(
        title=_seen(report.dataset if outside_runs else f"{report.dataset}, {span_text(report)}"),
        level=1,
        paragraphs=(about, verdict) if about else (verdict,),
        lines=tuple(_seen(reason) for reason in reasons),
    )


def _span(report: Report) -> list[Section]:
    noun = window_noun(report.windows)
    counts = total_counts(report.windows)
    uncovered = uncovered_text(report.windows)
    sections = [
        Section(
            f"{noun.capitalize()} by {noun}",
            2,
            paragraphs=(uncovered,) if uncovered else (),
            table=window_table(report.windows),
        ),
        _accounts(counts, 2),
        _columns(report.windows, counts, 2),
        _findings(report.windows, 2),
        _expectations(report.windows, 2),
        _proof(counts, total_proof(report.windows), 2),
        *_wire(report.windows, report.prices, 2),
    ]
    for window in report.windows:
        if not window.is_clean:
            face = headline.face(window.verdict)
            reasons = tuple(_seen(reason) for reason in headline.reasons(window, report.rules))
            title = f"{_seen(window.window)}: {face.word.lower()}"
            sections.append(Section(title, 2, lines=reasons))
            sections += window_sections(window, report, level=3)
    return sections


def _window_row(window: WindowReport) -> tuple[str, ...]:
    face = headline.face(window.verdict)
    start = (_seen(window.window), f"{face.glyph} {face.word.lower()}")
    letters = f"{window.dead_letters.opened + window.dead_letters.reopened:,}"
    if window.counts is None:
        return (*start, "-", "-", "-", "-", letters)
    return (*start, *_figures(window.counts), letters)


def _figures(counts: Counts) -> tuple[str, str, str, str]:
    return (
        f"{counts.source_rows:,}",
        f"{counts.target_rows:,}",
        numbers.share_text(counts.matched, counts.larger_side),
        f"{counts.discrepancies:,}",
    )


def _accounts(counts: Counts, level: int) -> Section:
    lines = tuple(f"✓ {account.equation()}" for account in accounts(counts))
    keys = (
        f"NULL in the match key: source {numbers.count_text(counts.null_key_rows_source)}, "
        f"target {numbers.count_text(counts.null_key_rows_target)}; "
        f"repeated keys: {numbers.count_text(counts.repeated_keys)}"
    )
    return Section("Accounts", level, lines=(*lines, keys))


def _columns(windows: Sequence[WindowReport], counts: Counts, level: int) -> Section:
    totals = column_totals(windows)
    rows = tuple(
        (
            _seen(column.name),
            f"{column.mismatched:,}",
            numbers.share_text(column.mismatched, counts.value_mismatch),
            _seen(column.rule) + (", not compared" if column.not_compared_in else ""),
        )
        for column in totals
        if column.mismatched or column.not_compared_in
    )
    equal = len(totals) - len(rows)
    note = f"{numbers.counted(equal, 'column')} without a mismatch."
    header = ("column", "mismatched", "share", "rule")
    table = Table(header, rows, frozenset({1, 2})) if rows else None
    return Section("Columns by mismatches", level, paragraphs=(note,), table=table)


def _findings(windows: Sequence[WindowReport], level: int) -> Section:
    totals = finding_totals(windows)
    lines = tuple(
        f"{total.finding.severity.value}: {_seen(headline.finding_text(total.finding))}"
        + (f" ({_windows(total.windows)})" if len(windows) > 1 else "")
        for total in totals
    )
    return Section("Schema findings", level, lines=lines or ("none",))


def _examples(
    window: WindowReport, counts: Counts, match_key: Sequence[str], level: int
) -> list[Section]:
    sections = []
    for kind in Kind:
        if counts.of(kind):
            shown = [example for example in window.examples if example.kind is kind]
            number = f"{len(shown):,} of {numbers.rows_text(counts.of(kind))} shown"
            lines = tuple(_example_line(example, match_key) for example in shown)
            sections.append(Section(f"{kind.value}: {number}", level, lines=lines))
    return sections


def _example_line(example: Example, match_key: Sequence[str]) -> str:
    row = example_row(example, match_key)
    if example.kind is Kind.VALUE_MISMATCH:
        differences = "; ".join(_difference(pair) for pair in row.differing)
        return f"{row.key_text}: {differences}"
    return f"{row.key_text} ({row.side})"


def _difference(pair: Pair) -> str:
    source = pair.source.text if pair.source else "no row"
    target = pair.target.text if pair.target else "no row"
    return f"{_seen(pair.column)} {source} ≠ {target}"


def _expectations(windows: Sequence[WindowReport], level: int) -> Section:
    lines = []
    for total in expectation_totals(windows):
        result = total.result
        outcomes = ", ".join(
            f"{_OUTCOME_GLYPHS[outcome]} {outcome.value.replace('_', ' ')}"
            + (f" in {len(names):,}" if len(windows) > 1 else "")
            for outcome, names in total.outcomes
        )
        lines.append(
            f"{outcomes}: {_seen(result.type)}({_seen(headline.arguments_text(result))}) "
            f"on {result.subject.value}, {result.severity.value}: "
            f"{_seen(headline.observed_text(result))}"
        )
    return Section("Expectations", level, lines=tuple(lines) or ("none was evaluated",))


def _proof(counts: Counts, proof: Proof, level: int) -> Section:
    whole = rows_of_both_sides(counts)
    lines = tuple(
        f"{name}: {numbers.rows_text(rows)} ({numbers.share_text(rows, whole)})"
        for name, rows in proof_parts(counts, proof)
        if whole and (rows or name != "unproven")
    )
    return Section("Proof", level, paragraphs=(proof_sentence(counts, proof),), lines=lines)


def _wire(windows: Sequence[WindowReport], prices: PriceList | None, level: int) -> list[Section]:
    """What both sides took; nothing where it was not counted."""
    parts = sides(windows, prices)
    return [Section("What was read", level, table=wire_table(parts, prices))] if parts else []


def wire_table(parts: Sequence[tuple[str, Taken]], prices: PriceList | None) -> Table:
    """What each side took, one line a side."""
    header = ("side", "requests", "bytes", *(["cost"] if prices else []))
    rows = tuple(_wire_row(name, part, prices) for name, part in parts)
    return Table(header, rows, frozenset(range(1, len(header))))


def _wire_row(name: str, part: Taken, prices: PriceList | None) -> tuple[str, ...]:
    costs = [] if prices is None else [_seen(part.cost_text(prices.currency))]
    return (name, f"{part.traffic.requests:,}", part.bytes_text, *costs)


def _run(window: WindowReport, level: int) -> Section:
    letters = window.dead_letters
    lines = []
    if window.run_id is not None:
        times = f"started {numbers.instant_text(window.started_at)}"
        if window.finished_at is not None:
            times += f", finished {numbers.instant_text(window.finished_at)}"
        lines += [f"run: {_seen(window.run_id)}", times]
    if window.result is not None:
        result = window.result
        took = numbers.seconds_text(result.seconds)
        lines.append(f"compared by {_seen(result.engine)}, {_seen(result.strategy)}, in {took}")
    lines += _inputs(window)
    if window.run_id is not None:
        lines.append(
            f"dead letters: {letters.opened:,} opened, {letters.reopened:,} reopened, "
            f"{letters.closed:,} closed"
        )
    if window.discrepancies:
        lines.append(f"every discrepancy: {_seen(window.discrepancies)}")
    if window.report:
        lines.append(f"report: {_seen(window.report)}")
    return Section("Run", level, lines=tuple(lines))


def _inputs(window: WindowReport) -> list[str]:
    sides: tuple[tuple[str, PinnedInput | None], ...] = (
        ("source", window.source),
        ("target", window.target),
    )
    return [
        f"{side}: {_seen(pinned.location)} ({numbers.counted(pinned.objects, 'object')}, "
        f"{numbers.bytes_text(pinned.bytes)}, rows {numbers.count_text(pinned.rows)})"
        for side, pinned in sides
        if pinned is not None
    ]


def _rules(report: Report) -> Section:
    rules = report.rules
    lines = [f"match key: {_seen(', '.join(rules.match_key))}"]
    lines += [
        f"{kind.value} allowed: {numbers.limit_text(rules.thresholds.get(kind))}" for kind in Kind
    ]
    lines += [f"{_seen(name)}: {_seen(rule.describe())}" for name, rule in rules.columns.items()]
    if rules.exclude:
        lines.append(f"excluded: {_seen(', '.join(rules.exclude))}")
    return Section("Rules", 2, lines=tuple(lines))


def _windows(names: Sequence[str]) -> str:
    if len(names) > 4:
        return _seen(f"{len(names):,} windows, from {names[0]} to {names[-1]}")
    return _seen(", ".join(names))


def _seen(text: str) -> str:
    return shortened(visible(text), limit=500)
