"""What whoever is at work writes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from reconcile.errors import Damaged
from reconcile.model.snapshot import LedgerAction

LARGEST = 64 * 1024
"""Bytes that such an entry has at most."""


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
    """

    id: str
    action: LedgerAction | None
    dataset: str
    snapshot: str
    by: str
    at: datetime
    renewed_at: datetime
    token: str = ""


def to_bytes(entry: Running) -> bytes:
    """The entry as it is written."""
    document = {
        "id": entry.id,
        "action": entry.action,
        "dataset": entry.dataset,
        "snapshot": entry.snapshot,
        "by": entry.by,
        "at": entry.at.isoformat(),
        "renewed_at": entry.renewed_at.isoformat(),
        "token": entry.token,
    }
    return json.dumps(document, sort_keys=True).encode()


def from_bytes(data: bytes, *, id: str) -> Running:
    """The entry of some work.

    Raises:
        Damaged: It is none.
    """
    try:
        document = json.loads(data)
        if document["id"] != id:
            raise ValueError("another's")
        return Running(
            id=id,
            action=LedgerAction(document["action"]),
            dataset=str(document["dataset"]),
            snapshot=str(document["snapshot"]),
            by=str(document["by"]),
            at=_moment(document["at"]),
            renewed_at=_moment(document["renewed_at"]),
            token=str(document["token"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise Damaged(f"the entry of the work {id} cannot be read") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.astimezone(UTC)
