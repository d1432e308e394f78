"""What lies at a destination before anything is written: what is right, in the way, or beside."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple, Protocol

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
        keeps_listed: Whether the erasure list cannot be applied to it.
    """

    is_right: bool
    erased: int = 0
    keeps_listed: bool = False


class Judge(Protocol):
    """Looks at single objects."""

    def judged(self, saved: SavedObject, there: ObjectInfo) -> Judged:
        """Whether what lies there has the bytes that a restore would write."""
        ...

    def keeps_listed(self, saved: SavedObject) -> bool:
        """Whether an erasure list is declared that cannot be applied to an object."""
        ...


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
        keeping: Names of objects that the erasure list cannot be applied to, the first hundred.
        keeping_objects: How many there are.
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
    keeping: list[str] = field(default_factory=list)
    keeping_objects: int = 0
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
        if judged.keeps_listed:
            self.keeping_objects += 1
            if len(self.keeping) < NAMED:
                self.keeping.append(saved.name)
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
        if saved is None:
            return pair, Judged(is_right=False)
        found = Judged(is_right=False) if there is None else judge.judged(saved, there)
        return pair, found._replace(keeps_listed=judge.keeps_listed(saved))

    pairs = beside(contents.objects(), destination.listed())
    for (saved, there), judged in lanes.in_order(pairs, looked_at, size_of=_held):
        if saved is not None:
            found.took(saved, there, judged)
        elif there is not None and contents.wants(there.name):
            found.took_extra(there.name)
    return found


def _held(pair: Pair) -> int | None:
    """Bytes that looking at it holds; nothing where there is nothing to look at."""
    saved, there = pair
    return None if saved is None or (there is None and saved.rows is not None) else saved.size


def _digest(etag: str) -> bytes:
    return blake2b(etag.encode(), digest_size=_TAG).digest()
