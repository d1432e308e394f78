"""The report on snapshots as text, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.report.numbers import counted, instant_text
from reconcile.report.outline import Section
from reconcile.report.snapshot_calendar import snapshot_calendar
from reconcile.report.snapshot_content import RepositoryAccount, SnapshotReport
from reconcile.report.snapshot_facts import (
    held,
    last,
    last_full_reading,
    locked_until,
    recovery_point,
    recovery_time,
    trials,
    verifications,
)
from reconcile.report.snapshot_headline import findings, snapshot_face, snapshot_sentence
from reconcile.report.snapshot_rows import (
    seen,
    standing_table,
    trial_table,
    verification_table,
)
from reconcile.report.snapshot_words import (
    age_text,
    ago_text,
    key_text,
    lock_text,
    moment_text,
    retention_text,
    span_text,
)
from reconcile.report.sync_calendar import calendar_text
from reconcile.report.text import text_of

_SNAPSHOTS_SHOWN = 20
_LINES_SHOWN = 5


def snapshot_text_report(report: SnapshotReport) -> str:
    """The whole report, what is not as it should be first."""
    blocks = [text_of((_head(report), *_steps(report), *_proof(report)))]
    if report.standings:
        shown = calendar_text(snapshot_calendar(report))
        blocks.append("".join(f"{line}\n" for line in ["Calendar", *shown]))
    return "\n".join([*blocks, text_of(_body(report))])


def _head(report: SnapshotReport) -> Section:
    face = snapshot_face(report)
    told = f"{face.glyph} {face.word.upper()}. {seen(snapshot_sentence(report))}"
    about = ", ".join(seen(part) for part in (report.description, report.owner) if part)
    reasons = tuple(seen(one.text) for one in findings(report))
    paragraphs = tuple(text for text in (about, told) if text)
    title = f"Snapshots of {seen(report.dataset)}, {instant_text(report.made_at)}"
    return Section(title, 1, paragraphs=paragraphs, lines=reasons)


def _steps(report: SnapshotReport) -> Iterator[Section]:
    steps = tuple(dict.fromkeys(seen(one.step) for one in findings(report)))
    if steps:
        yield Section("What to do next", 2, lines=steps)


def _proof(report: SnapshotReport) -> Iterator[Section]:
    now = report.made_at
    point, time = recovery_point(report), recovery_time(report)
    verified = last(verifications(report.lines))
    full, tried = last_full_reading(report.lines), last(trials(report.lines))
    first = report.standings[0].manifest.taken_at if report.standings else None
    yield Section(
        "How well",
        2,
        lines=(
            f"recovery point: {age_text(point.measured)}{_wanted(point.wanted)}",
            f"recovery time: {span_text(time.measured)}{_wanted(time.wanted)}",
            f"protected since: {'no snapshot yet' if first is None else instant_text(first)}",
            f"last verified: {moment_text(verified.at if verified else None)}",
            f"a snapshot last read whole and found good: {moment_text(full.at if full else None)}",
            f"last restored or drilled: {ago_text(tried.at if tried else None, now)}",
        ),
    )


def _wanted(wanted: object) -> str:
    return "" if wanted is None else f", at most {span_text(wanted)} wanted"  # type: ignore[arg-type]


def _body(report: SnapshotReport) -> Iterator[Section]:
    if report.standings:
        shown = report.standings[: -_SNAPSHOTS_SHOWN - 1 : -1]
        more = len(report.standings) - len(shown)
        title = f"Snapshots, the newest {len(shown)}" if more else "Snapshots"
        yield Section(title, 2, table=standing_table(shown, report.made_at))
    for one in held(report.standings):
        yield Section(
            f"Held: {seen(one.manifest.id)}",
            2,
            lines=tuple(
                f"{seen(hold.reason)} ({seen(hold.by)}, {instant_text(hold.since)})"
                for hold in one.holds
            ),
        )
    for one in report.standings:
        if one.damaged:
            yield Section(
                f"Damaged: {seen(one.manifest.id)}", 2, lines=tuple(map(seen, one.damaged[:20]))
            )
    if tried := trials(report.lines):
        yield Section("Restores and drills", 2, table=trial_table(tried[-_LINES_SHOWN:]))
    if verified := verifications(report.lines):
        yield Section("Verifications", 2, table=verification_table(verified[-_LINES_SHOWN:]))
    yield _declared(report)
    yield _repository("Repository", report.repository)
    if report.copy is not None:
        yield _repository("Second repository", report.copy)


def _declared(report: SnapshotReport) -> Section:
    rules = report.rules
    return Section(
        "What is declared",
        2,
        lines=(
            f"saved: the {rules.of.value}, {seen(report.location)}",
            f"how often: {seen(rules.schedule or 'by hand only')} ({seen(report.timezone)})",
            f"drill: {seen(rules.drill or 'by hand only')}",
            f"read again by each backup: {rules.verify * 100:g} % of the data",
            f"kept: {seen(retention_text(rules.retention))}",
            f"locked: {lock_text(rules.repository)}",
            f"encryption: {seen(key_text(rules.repository.key))}",
        ),
    )


def _repository(title: str, account: RepositoryAccount) -> Section:
    if account.error is not None:
        return Section(title, 2, lines=(seen(account.location), seen(account.error)))
    until = [locked_until(one) for one in account.protection.values()]
    latest = max((one for one in until if one is not None), default=None)
    ledger = "; ".join(account.problems) or "unbroken"
    lines = [
        seen(account.location),
        f"{counted(len(account.standings), 'snapshot')}",
        f"ledger: {counted(len(account.lines), 'line')} of this dataset, {seen(ledger)}",
    ]
    if latest is not None:
        lines.append(
            f"locked: {counted(len(account.protection), 'snapshot')}, the last until "
            f"{instant_text(latest)}"
        )
    if account.unprotected is not None:
        lines.append(f"not locked: {seen(account.unprotected)}")
    return Section(title, 2, lines=tuple(lines))
