"""Two snapshots side by side: which objects came, went and changed between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import groupby
from operator import itemgetter

from reconcile.model.snapshot import SavedObject, Segment


class Change(StrEnum):
    """What became of an object."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ChangedObject:
    """An object that is not the same in two snapshots.

    Attributes:
        name: Below the dataset's location.
        change: What became of it.
        before: As the older one holds it; None where it does not.
        after: As the newer one does.
    """

    name: str
    change: Change
    before: SavedObject | None
    after: SavedObject | None


def side_by_side(
    before: Sequence[Segment],
    after: Sequence[Segment],
    load: Callable[[Segment], Sequence[SavedObject]],
) -> Iterator[ChangedObject]:
    """What differs between two snapshots, in name order.

    Only content counts: an object that was written again with the same bytes is the same.

    Args:
        before: The older one's segments.
        after: The newer one's.
        load: Gives a segment's objects; segments that both have are not asked for.
    """
    both = {one.id for one in before} & {one.id for one in after}
    older = _objects(before, both, load)
    newer = _objects(after, both, load)
    rows = merge(
        ((one.name, False, one) for one in older), ((one.name, True, one) for one in newer)
    )
    for name, same_name in groupby(rows, key=itemgetter(0)):
        pair = {is_newer: one for _name, is_newer, one in same_name}
        left, right = pair.get(False), pair.get(True)
        if left is None:
            yield ChangedObject(name, Change.ADDED, None, right)
        elif right is None:
            yield ChangedObject(name, Change.REMOVED, left, None)
        elif (left.size, left.sha256) != (right.size, right.sha256):
            yield ChangedObject(name, Change.CHANGED, left, right)


def _objects(
    segments: Sequence[Segment],
    without: set[str],
    load: Callable[[Segment], Sequence[SavedObject]],
) -> Iterator[SavedObject]:
    for segment in segments:
        if segment.id not in without:
            yield from load(segment)
