"""Snapshots and what was done with them as rows of tables, for text and Markdown.

Everything here is already printable: foreign text went through `visible`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconcile.model.snapshot import LedgerLine, Standing
from reconcile.report.numbers import NOT_KNOWN, bytes_text, count_text, seconds_text
from reconcile.report.outline import Table
from reconcile.report.printable import shortened, visible
from reconcile.report.snapshot_facts import (
    count_of,
    number_of,
    standing_face,
    trial_succeeded,
)
from reconcile.report.snapshot_words import content_text, share_read_text


def seen(text: object) -> str:
    """Foreign text as it may be shown."""
    return shortened(visible(str(text)), limit=300)


def standing_table(standings: Sequence[Standing], now: datetime) -> Table:
    """One line a snapshot, in the order given."""
    header = ("snapshot", "state", "objects", "size", "new", "verified", "besides")
    rows = tuple(_standing_row(one, now) for one in standings)
    return Table(header, rows, frozenset({2, 3, 4}))


def trial_table(lines: Sequence[LedgerLine]) -> Table:
    """One line a restore or drill."""
    rows = tuple(
        (
            f"{line.at:%Y-%m-%d %H:%M}",
            line.action.value,
            seen(line.snapshot or "-"),
            "proven" if trial_succeeded(line) else "FAILED",
            count_text(count_of(line.details, "rows")),
            took_text(line),
        )
        for line in lines
    )
    header = ("at (UTC)", "what", "snapshot", "outcome", "rows", "took")
    return Table(header, rows, frozenset({4, 5}))


def verification_table(lines: Sequence[LedgerLine]) -> Table:
    """One line a verification."""
    rows = tuple(
        (
            f"{line.at:%Y-%m-%d %H:%M}",
            seen(line.snapshot or "all"),
            share_read_text(line.details.get("read")),
            count_text(count_of(line.details, "objects")),
            size_text(line, "bytes"),
            found_text(line),
        )
        for line in lines
    )
    header = ("at (UTC)", "snapshot", "data read", "objects", "size", "found")
    return Table(header, rows, frozenset({2, 3, 4}))


def took_text(line: LedgerLine) -> str:
    """How long what a ledger line tells of took."""
    seconds = number_of(line.details, "seconds")
    return NOT_KNOWN if seconds is None else seconds_text(seconds)


def size_text(line: LedgerLine, key: str) -> str:
    """A size that a ledger line tells of."""
    size = count_of(line.details, key)
    return NOT_KNOWN if size is None else bytes_text(size)


def found_text(line: LedgerLine) -> str:
    """What a verification found."""
    damaged = count_of(line.details, "damaged_objects")
    return f"{damaged:,} damaged" if damaged else "nothing wrong"


def _standing_row(standing: Standing, now: datetime) -> tuple[str, ...]:
    manifest, face = standing.manifest, standing_face(standing, now)
    return (
        seen(manifest.id),
        f"{face.glyph} {face.word.lower()}",
        f"{manifest.objects:,}",
        bytes_text(manifest.bytes),
        bytes_text(manifest.new_bytes),
        _verified_text(standing),
        besides_text(standing),
    )


def _verified_text(standing: Standing) -> str:
    if standing.verified_at is None:
        return "no longer" if standing.damaged else "never"
    return f"{standing.verified_at:%Y-%m-%d}"


def besides_text(standing: Standing) -> str:
    """What else is true of a snapshot: its windows, tags, holds, copies and restores."""
    told = [] if standing.manifest.span is None else [content_text(standing.manifest)]
    told += ["held"] if standing.holds else []
    told += ["restored"] if standing.restored_at is not None else []
    told += ["copied"] if standing.copies else []
    return seen(", ".join([*told, *standing.manifest.tags]))
