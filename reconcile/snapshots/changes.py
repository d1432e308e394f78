"""What of a listing is known from the snapshot before, and what must be read.

The listing and the earlier snapshot's segments are gone through side by side, in name order; no
more than a segment of either is held. A segment whose objects are all as they were is kept as it
is. Where anything changed, the objects of that stretch are dealt out anew, and the stretch goes
on until a name ends it: so the segments that come out are the very ones that cutting the whole
listing would have given.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from reconcile.errors import Incomplete
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject, Segment
from reconcile.snapshots.segments import MOST_OBJECTS, has_ended, is_end, is_full

_NAME = attrgetter("name")


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A segment of the earlier snapshot that the new one shares.

    Attributes:
        segment: Which.
        objects: What it holds, all of it known.
    """

    segment: Segment
    objects: Sequence[SavedObject]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Objects that become one segment.

    Attributes:
        items: In name order: what is known, and what must be read to be known.
    """

    items: tuple[SavedObject | ObjectInfo, ...]


def stretches(
    listing: Iterable[ObjectInfo],
    earlier: Sequence[Segment],
    load: Callable[[Segment], Sequence[SavedObject]],
) -> Iterator[Unchanged | Rewritten]:
    """A new snapshot's segments, in order.

    Args:
        listing: Names below the location, in name order. Of a name that is listed twice running
            the later one counts.
        earlier: The segments of the snapshot before; none where there is none.
        load: Gives a segment's objects. Called at most once for each, and not where nothing is
            listed that it could hold.

    Raises:
        Incomplete: The listing is not in name order.
    """
    listed = _Listed(listing)
    open_run = _Run()
    for number, segment in enumerate(earlier):
        saved: Mapping[str, SavedObject] | None = None
        batch = [] if open_run.items else listed.next(segment.objects)
        if _may_be_same(segment, batch):
            objects = load(segment)
            closed = has_ended(segment) or (number + 1 == len(earlier) and listed.at_end(batch))
            if closed and _same(batch, objects):
                listed.took(len(batch))
                yield Unchanged(segment, objects)
                continue
            saved = _by_name(objects)
        for infos in listed.through(segment.last):
            if saved is None and segment.first <= infos[-1].name:
                saved = _by_name(load(segment))
            yield from open_run.with_items(_known(infos, saved or {}))
    while batch := listed.next(MOST_OBJECTS):
        listed.took(len(batch))
        yield from open_run.with_items(batch)
    yield from open_run.end()


def known(info: ObjectInfo, saved: SavedObject) -> bool:
    """Whether a listed object is the one that was saved, as far as its service says.

    By name, size, tag and, where both are known, version. An empty tag says nothing.
    """
    return (
        info.etag == saved.etag
        and info.name == saved.name
        and info.size == saved.size
        and info.etag != ""
        and (info.version is None or saved.version is None or info.version == saved.version)
    )


class _Listed:
    """A listing that can be looked ahead in."""

    def __init__(self, listing: Iterable[ObjectInfo]) -> None:
        self._coming = _in_order(listing)
        self._ahead: list[ObjectInfo] = []

    def next(self, count: int) -> list[ObjectInfo]:
        """So many that come next, fewer at the end; they are not taken yet."""
        if count > len(self._ahead):
            self._ahead.extend(islice(self._coming, count - len(self._ahead)))
        return self._ahead[:count]

    def at_end(self, batch: Sequence[ObjectInfo]) -> bool:
        """Whether nothing comes behind what `next` gave."""
        return len(self.next(len(batch) + 1)) == len(batch)

    def took(self, count: int) -> None:
        del self._ahead[:count]

    def through(self, last: str) -> Iterator[list[ObjectInfo]]:
        """All up to and with a name, taken; no more at a time than a segment holds."""
        while batch := self.next(MOST_OBJECTS):
            taken = batch[: bisect_right(batch, last, key=_NAME)]
            self.took(len(taken))
            if taken:
                yield taken
            if len(taken) < len(batch):
                return


class _Run:
    """What becomes the next segment, as far as it goes."""

    def __init__(self) -> None:
        self.items: list[SavedObject | ObjectInfo] = []
        self._bytes = 0

    def with_items(self, items: Iterable[SavedObject | ObjectInfo]) -> Iterator[Rewritten]:
        for item in items:
            self.items.append(item)
            self._bytes += item.size
            if is_full(len(self.items), self._bytes) or is_end(item.name):
                yield from self.end()

    def end(self) -> Iterator[Rewritten]:
        if self.items:
            items = tuple(self.items)
            self.items, self._bytes = [], 0
            yield Rewritten(items)


def _may_be_same(segment: Segment, batch: Sequence[ObjectInfo]) -> bool:
    return (
        len(batch) == segment.objects
        and batch[0].name == segment.first
        and batch[-1].name == segment.last
    )


def _same(infos: Sequence[ObjectInfo], objects: Sequence[SavedObject]) -> bool:
    return len(infos) == len(objects) and all(map(known, infos, objects))


def _by_name(objects: Iterable[SavedObject]) -> dict[str, SavedObject]:
    return {one.name: one for one in objects}


def _known(
    infos: Iterable[ObjectInfo], saved: Mapping[str, SavedObject]
) -> Iterator[SavedObject | ObjectInfo]:
    """The objects listed, each as it was saved where it is the same."""
    for info in infos:
        before = saved.get(info.name)
        yield before if before is not None and known(info, before) else info


def _in_order(listing: Iterable[ObjectInfo]) -> Iterator[ObjectInfo]:
    """The listing, of each name the last."""
    coming = iter(listing)
    held = next(coming, None)
    if held is None:
        return
    for info in coming:
        if info.name > held.name:
            yield held
        elif info.name < held.name:
            raise Incomplete(
                "the objects to be saved are not listed in name order",
                found=f"{info.name!r} after {held.name!r}",
                expected="the order of the names' UTF-8 bytes",
                next_step="try again; the service may list wrongly",
            )
        held = info
    yield held
