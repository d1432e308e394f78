"""The segments of a repository, as they are written and read again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconcile.errors import Damaged
from reconcile.model.snapshot import SavedObject, Segment
from reconcile.repository.chunks import put_segment, read_segment, segment_id
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.snapshots.segments import encode, opened, segment_of

_KEPT = 32 * 1024**2
"""Encoded bytes of segments that are kept at hand, since a listing is soon compared with them."""


class Lost(Exception):
    """A segment that cannot be read. `segment` is which."""

    def __init__(self, segment: Segment, error: Damaged) -> None:
        super().__init__(error.line())
        self.segment = segment
        self.error = error


@dataclass
class Shelf:
    """Writes and reads segments; not to be shared between threads.

    Attributes:
        repository: Whose.
        present: What is there.
    """

    repository: Repository
    present: Present
    _at_hand: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _held: int = 0

    def written(self, objects: Sequence[SavedObject]) -> Segment:
        """The segment of some objects, in the repository."""
        data = encode(objects)
        segment = segment_of(segment_id(self.repository, data), len(data), objects)
        if not self.present.has_segment(segment):
            put_segment(self.repository, data)
            self.present.add_segment(segment.id, segment.size)
        self._keep(segment.id, data)
        return segment

    def read(self, segment: Segment) -> Sequence[SavedObject]:
        """The objects of a segment.

        Raises:
            Lost: It is not what was stored.
        """
        try:
            data = self._at_hand.get(segment.id)
            return opened(segment, read_segment(self.repository, segment) if data is None else data)
        except Damaged as error:
            raise Lost(segment, error) from error

    def _keep(self, id: str, data: bytes) -> None:
        if id in self._at_hand:
            return
        self._at_hand[id] = data
        self._held += len(data)
        while self._held > _KEPT:
            _, dropped = self._at_hand.popitem(last=False)
            self._held -= len(dropped)
