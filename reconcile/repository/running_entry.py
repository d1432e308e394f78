"""What whoever is at work writes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconcile.model.snapshot import LedgerAction
from reconcile.snapshots.document import Fields, canonical, instant_text

LARGEST = 64 * 1024
"""Bytes that such an entry has at most."""

_AT_WORK = "at work"
_ENDED = "ended"


@dataclass(frozen=True)
class Running:
    """Somebody at work.

    Attributes:
        id: Of the work.
        action: What it is; None where its entry cannot be read.
        dataset: Of which dataset.
        snapshot: Of which snapshot.
        by: Who.
        at: Since when, UTC.
        renewed_at: When it last said that it goes on, UTC.
        token: What no other entry has.
        ended: Whether it has ended, where whoever did it may not delete.
    """

    id: str
    action: LedgerAction | None
    dataset: str
    snapshot: str
    by: str
    at: datetime
    renewed_at: datetime
    token: str = ""
    ended: bool = False


def to_bytes(entry: Running) -> bytes:
    """The entry as it is written."""
    document = {
        "id": entry.id,
        "action": entry.action,
        "dataset": entry.dataset,
        "snapshot": entry.snapshot,
        "by": entry.by,
        "at": instant_text(entry.at),
        "renewed_at": instant_text(entry.renewed_at),
        "token": entry.token,
        "state": _ENDED if entry.ended else _AT_WORK,
    }
    return canonical(document)


def from_bytes(data: bytes, *, id: str) -> Running:
    """The entry of some work.

    Raises:
        Damaged: It is none.
    """
    fields = Fields.of(data, f"the entry of the work {id}", largest=LARGEST)
    if (found := fields.text("id")) != id:
        raise fields.problem("id", found, id)
    entry = Running(
        id=id,
        action=fields.kind("action", LedgerAction),
        dataset=fields.text("dataset"),
        snapshot=fields.text("snapshot"),
        by=fields.text("by"),
        at=fields.instant("at"),
        renewed_at=fields.instant("renewed_at"),
        token=fields.text("token"),
        ended=fields.text("state") == _ENDED,
    )
    fields.end()
    return entry
