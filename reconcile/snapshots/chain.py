"""The ledger of a repository: every line holds the digest of the one before it.

The details of a line, by action; numbers are bytes, seconds and counts:

    CREATE   manifest: its digest (`manifest.digest_of`), taken_at: instant, objects, bytes,
             new_bytes, consistency; healed: ids of chunks that were damaged or gone and were
             written again, where there are any; adopted: true where the manifest was found
             without its line
    VERIFY   read: a share, 0 to 1, or "all"; round: which of them; objects, bytes: that were read;
             damaged: names, at most 100; damaged_objects: how many; damaged_chunks: their ids,
             which a create puts again; damaged_otherwise: true where that would not be all
    COPY     to: the id of the repository that holds it now; bytes: that were sent; manifest: the
             digest of the manifest there; recorded_at: when the first repository's ledger came to
             know the snapshot, an instant. Written to both ledgers: in that of the copy it is
             what CREATE is elsewhere
    RESTORE  to: where; objects, rows, seconds; rehearsal: whether nothing was written; erased:
             rows; problems: what was not as it should be afterwards, where anything was;
             not_erasable: objects that the erasure list could not be applied to, where any
    DRILL    seconds, age_seconds, rows, verdict: a `Verdict`; damaged: names, where there are any
    HOLD     reason
    RELEASE  reason; it ends every hold of the snapshot
    PRUNE    reasons; manifest: its digest
    SWEEP    chunks, bytes
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from reconcile.errors import BadInput, Tampered
from reconcile.model.snapshot import LedgerAction, LedgerLine
from reconcile.snapshots.document import Fields, canonical, instant_text
from reconcile.snapshots.manifest import Seal
from reconcile.snapshots.names import check_snapshot_id

BEGINNING = "0" * 64
"""What the first line follows."""
LARGEST_LINE = 8 * 1024**2
"""Bytes of a line."""

_VERSION = 1
_MOST_LINES = 99_999_999


def appended(
    last: LedgerLine | None,
    *,
    at: datetime,
    action: LedgerAction,
    dataset: str,
    snapshot: str | None,
    by: str,
    details: Mapping[str, Any],
    seal: Seal,
) -> LedgerLine:
    """The line behind another one.

    Args:
        last: The last line; None where this is the first.
        at: When, with zone. A clock that goes behind that of the last line's writer is led on to
            its time, so that a ledger's times never go back.
        action: What was done.
        dataset: Of which dataset.
        snapshot: Of which snapshot; None where it is about none.
        by: Who did it.
        details: Plain values, as above.
        seal: The repository's.

    Raises:
        BadInput: Nobody could read such a line again, and so none of the ledger behind it.
    """
    line = LedgerLine(
        sequence=1 if last is None else last.sequence + 1,
        previous=BEGINNING if last is None else last.digest,
        at=at.astimezone(UTC) if last is None else max(last.at, at.astimezone(UTC)),
        action=action,
        dataset=dataset,
        snapshot=snapshot,
        by=by,
        details=dict(details),
        digest="",
    )
    try:
        line = replace(line, digest=seal(canonical(_document(line))))
        from_bytes(to_bytes(line), seal=seal)
    except (Tampered, ValueError) as error:
        raise BadInput(
            f"the ledger cannot take a line on {action} {snapshot}",
            found=error.what if isinstance(error, Tampered) else str(error),
            expected="a line that can be read again",
            next_step="shorten what it says, and leave out what is no text",
        ) from error
    return line


def to_bytes(line: LedgerLine) -> bytes:
    """A line as it is written, the same bytes for the same line."""
    return canonical({**_document(line), "digest": line.digest}) + b"\n"


def from_bytes(data: bytes, *, seal: Seal) -> LedgerLine:
    """A line that was read. Whether it fits the others `problems` says.

    Raises:
        Tampered: It is not what was written.
    """
    where = "a line of the ledger"
    fields = Fields.of(data, where, largest=LARGEST_LINE, error=Tampered)
    digest = fields.hexadecimal("digest")
    if not hmac.compare_digest(digest, seal(canonical(fields.rest()))):
        raise Tampered(
            f"{where} is not what was written",
            found="another digest",
            next_step="compare the ledger with the state's mirror, and find out who wrote",
        )
    fields.number("version", least=_VERSION, most=_VERSION)
    line = LedgerLine(
        sequence=fields.number("sequence", least=1, most=_MOST_LINES),
        previous=fields.hexadecimal("previous"),
        at=fields.instant("at"),
        action=fields.kind("action", LedgerAction),
        dataset=fields.text("dataset"),
        snapshot=_snapshot(fields),
        by=fields.text("by"),
        details=fields.mapping("details"),
        digest=digest,
    )
    fields.end()
    return line


def _snapshot(fields: Fields) -> str | None:
    """The snapshot of a line, whose id becomes part of a name."""
    id = fields.optional_text("snapshot", longest=160)
    try:
        return None if id is None else check_snapshot_id(id)
    except BadInput as error:
        raise fields.problem("snapshot", id, "a snapshot's id") from error


def problems(
    lines: Sequence[LedgerLine], mirror: Sequence[tuple[int, str]] = ()
) -> tuple[str, ...]:
    """Where a ledger does not hold together, a sentence each; none where it does.

    Args:
        lines: As they were read, each good in itself, in the order of their places.
        mirror: Sequence and digest of lines as the state database knows them.
    """
    found: list[str] = []
    if lines and lines[0].sequence != 1:
        found.append(f"The ledger begins with line {lines[0].sequence}: what was before is gone.")
    elif lines and lines[0].previous != BEGINNING:
        found.append("Line 1 of the ledger follows another line: it is not the first one written.")
    for before, line in pairwise(lines):
        found.extend(_break(before, line))
    found.extend(_differences({line.sequence: line.digest for line in lines}, mirror))
    return tuple(found)


def _break(before: LedgerLine, line: LedgerLine) -> list[str]:
    """What is wrong between two lines."""
    number = line.sequence
    if number <= before.sequence:
        return [f"Line {number} of the ledger comes behind line {before.sequence}: out of order."]
    if number > before.sequence + 1:
        return [f"Lines are missing from the ledger between {before.sequence} and {number}."]
    if line.previous != before.digest:
        return [
            f"Line {number} of the ledger does not follow line {before.sequence}: one of them was "
            "replaced, or the ledger was forked there."
        ]
    if line.at < before.at:
        return [f"Line {number} of the ledger is dated before line {before.sequence}."]
    return []


def _differences(here: Mapping[int, str], mirror: Sequence[tuple[int, str]]) -> list[str]:
    """What the mirror knows otherwise."""
    found = []
    end = max(here, default=0)
    known_end = max((sequence for sequence, _digest in mirror), default=0)
    if known_end > end:
        found.append(
            f"The ledger ends with line {end}, and line {known_end} was seen before: it was cut."
        )
    others = [number for number, digest in mirror if here.get(number, digest) != digest]
    if others:
        found.append(
            f"Line {min(others)} of the ledger is not the one that was seen before: it was "
            "replaced, or the ledger was forked there."
        )
    return found


def _document(line: LedgerLine) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "sequence": line.sequence,
        "previous": line.previous,
        "at": instant_text(line.at),
        "action": line.action.value,
        "dataset": line.dataset,
        "snapshot": line.snapshot,
        "by": line.by,
        "details": dict(line.details),
    }
