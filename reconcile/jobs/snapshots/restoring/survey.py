"""What lies at a destination before anything is written: what is right, in the way, or beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from reconcile.history.sync_plan import comes_last
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.destination import Destination, Pair, beside
from reconcile.jobs.snapshots.restoring.restored import NAMED
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject

_TAG = 8
"""Bytes that are kept of what a tag is told by: a million tags are long."""


class Judged(NamedTuple):
    """What was found of an object that lies there.

    Attributes:
        is_right: Whether it has the bytes that a restore would write.
        erased: Rows that a restore leaves out of it.
    """

    is_right: bool
    erased: int = 0


Judge = Callable[[SavedObject, ObjectInfo], Judged]


@dataclass
class Survey:
    """What was found. A snapshot's objects go by their number in name order, since names of all
    would be much to hold.

    Attributes:
        objects: Objects that are to be restored.
        bytes: Their bytes.
        rows: Their rows, of those that are Parquet.
        right: A byte for each: 1 where it lies there already, with the right bytes.
        right_bytes: Bytes of those.
        last: Objects that say that all else is in place, and are written last.
        erased: Rows that are left out, by the object's number; none where it is none.
        replaced: Tags of what lies there with other bytes, by the object's number.
        conflicts: Their names, the first hundred.
        extras: Names of what lies there and is not the snapshot's, the first hundred.
        extra_objects: How many there are.
    """

    objects: int = 0
    bytes: int = 0
    rows: int = 0
    right: bytearray = field(default_factory=bytearray)
    right_bytes: int = 0
    last: int = 0
    erased: dict[int, int] = field(default_factory=dict)
    replaced: dict[int, str] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    extra_objects: int = 0
    _tags: bytearray = field(default_factory=bytearray)

    @property
    def already(self) -> int:
        """How many lie there with the right bytes."""
        return sum(self.right)

    def took(self, saved: SavedObject, there: ObjectInfo | None, judged: Judged) -> None:
        """Takes in the next object of the snapshot."""
        number = self.objects
        self.objects += 1
        self.bytes += saved.size
        self.rows += saved.rows or 0
        self.last += comes_last(saved.name)
        self.right.append(judged.is_right)
        self._tags += bytes(_TAG)
        if there is None:
            return
        if judged.is_right:
            self.right_bytes += saved.size
            self.lies(number, there.etag, erased=judged.erased)
            return
        self.replaced[number] = there.etag
        if len(self.conflicts) < NAMED:
            self.conflicts.append(saved.name)

    def lies(self, number: int, etag: str, *, erased: int) -> None:
        """Takes in that an object lies there now, under this tag."""
        self._tags[number * _TAG : (number + 1) * _TAG] = _digest(etag)
        if erased:
            self.erased[number] = erased

    def has_tag(self, number: int, etag: str) -> bool:
        """Whether an object lies there under the tag that is known of it."""
        return self._tags[number * _TAG : (number + 1) * _TAG] == _digest(etag)

    def took_extra(self, name: str) -> None:
        """Takes in what is not the snapshot's."""
        self.extra_objects += 1
        if len(self.extras) < NAMED:
            self.extras.append(name)


def surveyed(contents: Contents, destination: Destination, lanes: Lanes, judge: Judge) -> Survey:
    """What lies there now. Nothing is written."""
    found = Survey()

    def looked_at(pair: Pair) -> tuple[Pair, Judged]:
        saved, there = pair
        if saved is None or there is None:
            return pair, Judged(is_right=False)
        return pair, judge(saved, there)

    pairs = beside(contents.objects(), destination.listed())
    for (saved, there), judged in lanes.in_order(pairs, looked_at, size_of=_held):
        if saved is not None:
            found.took(saved, there, judged)
        elif there is not None and contents.wants(there.name):
            found.took_extra(there.name)
    return found


def _held(pair: Pair) -> int | None:
    """Bytes that looking at it holds; nothing where only one of both is there."""
    saved, there = pair
    return None if saved is None or there is None else saved.size


def _digest(etag: str) -> bytes:
    return blake2b(etag.encode(), digest_size=_TAG).digest()
