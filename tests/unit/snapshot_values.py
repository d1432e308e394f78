"""Objects, manifests and ledgers of the tests on snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from reconcile.model.discrepancy import Side
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import (
    Chunk,
    LedgerAction,
    LedgerLine,
    Manifest,
    SavedObject,
    Segment,
    Standing,
)
from reconcile.snapshots import chain
from reconcile.snapshots.segments import encode, segment_of

REPOSITORY = "a" * 32
NOON = datetime(2013, 1, 8, 12, tzinfo=UTC)


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def saved(name: str, *chunk_sizes: int, tag: str = "t") -> SavedObject:
    """An object whose content is its name and tag."""
    chunks = tuple(
        Chunk(digest(f"{name} {tag} {number}".encode()), size)
        for number, size in enumerate(chunk_sizes)
    )
    whole = digest(f"{name} {tag}".encode())
    return SavedObject(name, sum(chunk_sizes), tag, None, whole, "AAAAAAAAAAA=", chunks)


def listed(*names: str, size: int = 5, tag: str = "t") -> list[ObjectInfo]:
    return [ObjectInfo(name, size, tag) for name in names]


def stored(objects: Sequence[SavedObject]) -> Segment:
    data = encode(objects)
    return segment_of(digest(data), len(data), objects)


def manifest(id: str = "s1", **changed: Any) -> Manifest:
    made = Manifest(
        id=id,
        dataset="flights",
        repository=REPOSITORY,
        side=Side.TARGET,
        location="az://lake/flights",
        started_at=NOON - timedelta(minutes=5),
        taken_at=NOON,
        segments=(stored([saved("a", 5), saved("b/ü", 7)]), stored([saved("c", 5)])),
        span=("2013-01-01", "2013-01-07"),
        reasons=("a line\nof two",),
        tags=("closing",),
        new_bytes=17,
    )
    return replace(made, **changed)


class Ledger:
    """A ledger that is written line by line, a minute apart."""

    def __init__(self) -> None:
        self.lines: list[LedgerLine] = []

    def add(self, action: LedgerAction, snapshot: str | None = "s1", **details: Any) -> LedgerLine:
        last = self.lines[-1] if self.lines else None
        line = chain.appended(
            last,
            at=NOON + timedelta(minutes=1) if last is None else last.at + timedelta(minutes=1),
            action=action,
            dataset="flights",
            snapshot=snapshot,
            by="ops",
            details=details,
            seal=digest,
        )
        self.lines.append(line)
        return line


def standing(id: str, taken_at: datetime, *, verified: bool = True, **changed: Any) -> Standing:
    """A snapshot of the whole dataset, good unless told otherwise."""
    named = {key: changed.pop(key) for key in ("span", "tags", "consistency") if key in changed}
    plain: dict[str, Any] = {"span": None, "tags": (), "reasons": (), "segments": ()}
    made = manifest(id, **{"taken_at": taken_at, **plain, **named})
    found = Standing(
        made, verified_at=taken_at + timedelta(hours=1) if verified else None, recorded_at=taken_at
    )
    return replace(found, **changed)
