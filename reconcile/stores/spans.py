"""The parts of an object as they are read: in spans, each of which arrives in one answer.

Several threads read parts at once. One of them at a time reads from a span that is arriving, while
the others send what they have, so there are never more parts in memory than threads.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping

from reconcile.errors import Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.proof import range_of
from reconcile.stores.protocol import CutShort, Store, Stream

SPAN_PARTS = 8
"""So many are asked for at once, as a rule 128 MiB: what an answer that breaks off has not brought
is asked for part by part, so that should not be everything."""


class Spans:
    """Parts of a pinned object, in order; each is taken by whoever comes next. To be closed.

    Args:
        store: Where the object lies.
        pinned: The object.
        ranges: Where each of its parts begins, and its length, by number.
        wanted: The numbers of those to be read, in order.
    """

    def __init__(
        self,
        store: Store,
        pinned: ObjectInfo,
        ranges: Mapping[int, tuple[int, int]],
        wanted: Iterable[int],
    ) -> None:
        self._store = store
        self._pinned = pinned
        self._ranges = ranges
        self._waiting = deque(wanted)
        self._stream: Stream | None = None
        self._next = 0
        """The part that the stream, or the span that has none, goes on with."""
        self._end = 0
        """Where the span ends: the part behind it."""
        self._turn = threading.Lock()

    def passed(self) -> int:
        """The number of the next part, which need not be read."""
        with self._turn:
            return self._waiting.popleft()

    def put_back(self, number: int) -> None:
        """Makes a part that was passed the next one: it has to be read after all."""
        with self._turn:
            self._waiting.appendleft(number)

    def taken(self) -> tuple[int, bytes]:
        """The number of the next part, and its bytes.

        Raises:
            Changed: The object is no longer the pinned one.
            Transient: The store does not answer.
        """
        with self._turn:
            number = self._waiting.popleft()
            data = self._arrived(number)
        if data is None:
            data = range_of(self._store, self._pinned, *self._ranges[number])
        return number, data

    def close(self) -> None:
        """Asks for no more of the span."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _arrived(self, number: int) -> bytes | None:
        """The part, out of the stream; None where it has to be asked for by itself."""
        if number != self._next or number >= self._end:
            self._begin(number)
        self._next = number + 1
        if self._stream is None:
            return None
        _, length = self._ranges[number]
        try:
            data = self._stream.read(length)
        except (CutShort, Transient):
            data = b""
        except BaseException:
            self.close()  # nobody knows where it would go on
            raise
        is_whole = len(data) == length
        if not is_whole or self._next == self._end:
            self.close()
        return data if is_whole else None

    def _begin(self, number: int) -> None:
        """Asks for the span that begins with a part."""
        self.close()
        parts = [number]
        for following in self._waiting:
            if following != parts[-1] + 1 or len(parts) == SPAN_PARTS:
                break
            parts.append(following)
        self._end = number + len(parts)
        if len(parts) > 1:
            start = self._ranges[number][0]
            length = sum(self._ranges[part][1] for part in parts)
            self._stream = self._store.streamed(self._pinned, start=start, length=length)
