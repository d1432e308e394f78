"""A map from 32-byte digests to sizes: a million of them in 50 MB."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable

DIGEST_BYTES = 32
ABSENT = -1
_FRESH = 256
"""So many that came later wait in a shard, before they are sorted in."""


class Digests:
    """Sizes in bytes by digest; safe to share between threads."""

    def __init__(self) -> None:
        self._shards = tuple(_Shard() for _ in range(256))

    def take(self, found: Iterable[tuple[bytes, int]]) -> None:
        """Takes many, in any order; of a digest that comes twice, the last."""
        digests: dict[int, bytearray] = {}
        sizes: dict[int, array[int]] = {}
        for digest, size in found:
            first = digest[0]
            if first not in digests:
                digests[first], sizes[first] = bytearray(), array("q")
            digests[first] += digest
            sizes[first].append(size)
        for first in list(digests):
            self._shards[first].take(bytes(digests.pop(first)), sizes.pop(first))

    def put(self, digest: bytes, size: int) -> None:
        """Sets the size of one."""
        self._shards[digest[0]].put(digest, size)

    def remove(self, digest: bytes) -> None:
        """Takes one out; one that is absent is no error."""
        self._shards[digest[0]].put(digest, ABSENT)

    def size(self, digest: bytes) -> int:
        """The size of one, `ABSENT` where it is."""
        return self._shards[digest[0]].size(digest)

    def __len__(self) -> int:
        return sum(len(shard) for shard in self._shards)


class _Shard:
    """Those that begin with one byte: sorted and packed, and in a dictionary what came since.

    Reading takes no lock: it looks into the dictionary first, and what leaves that is sorted in
    before.
    """

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._packed: tuple[bytes, array[int]] = (b"", array("q"))
        self._fresh: dict[bytes, int] = {}

    def take(self, digests: bytes, sizes: array[int]) -> None:
        with self._changing:
            self._sort_in(_entries(digests, sizes))

    def put(self, digest: bytes, size: int) -> None:
        with self._changing:
            self._fresh[digest] = size
            if len(self._fresh) >= _FRESH:
                self._sort_in({})

    def size(self, digest: bytes) -> int:
        fresh = self._fresh.get(digest)
        if fresh is not None:
            return fresh
        digests, sizes = self._packed
        place = bisect_left(range(len(sizes)), digest, key=lambda at: _at(digests, at))
        return sizes[place] if _at(digests, place) == digest else ABSENT

    def __len__(self) -> int:
        with self._changing:
            self._sort_in({})
            return len(self._packed[1])

    def _sort_in(self, more: dict[bytes, int]) -> None:
        if not more and not self._fresh:
            return
        entries = {**_entries(*self._packed), **self._fresh, **more}
        there = sorted(entry for entry in entries.items() if entry[1] != ABSENT)
        self._packed = (b"".join(digest for digest, _ in there), array("q", [n for _, n in there]))
        self._fresh = {}


def _at(digests: bytes, place: int) -> bytes:
    return digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]


def _entries(digests: bytes, sizes: array[int]) -> dict[bytes, int]:
    return {_at(digests, place): size for place, size in enumerate(sizes)}
