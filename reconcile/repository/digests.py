"""A map from 32-byte digests to sizes: a million of them in 50 MB."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable

DIGEST_BYTES = 32
ABSENT = -1
_FRESH = 256
"""So many that came later wait in a shard, or an eighth of it, before they are sorted in."""


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
        self._packed = _Packed({})
        self._fresh: dict[bytes, int] = {}

    def take(self, digests: bytes, sizes: array[int]) -> None:
        with self._changing:
            self._sort_in(_entries(digests, sizes))

    def put(self, digest: bytes, size: int) -> None:
        with self._changing:
            self._fresh[digest] = size
            if len(self._fresh) >= max(_FRESH, len(self._packed.sizes) // 8):
                self._sort_in({})

    def size(self, digest: bytes) -> int:
        fresh = self._fresh.get(digest)
        if fresh is not None:
            return fresh
        return self._packed.size(digest)

    def __len__(self) -> int:
        with self._changing:
            self._sort_in({})
            return len(self._packed.sizes)

    def _sort_in(self, more: dict[bytes, int]) -> None:
        if more or self._fresh:
            self._packed = _Packed({**self._packed.entries(), **self._fresh, **more})
            self._fresh = {}


class _Packed:
    """Digests in order, their sizes, and what finds one among them: its first eight bytes."""

    def __init__(self, entries: dict[bytes, int]) -> None:
        there = sorted(entry for entry in entries.items() if entry[1] != ABSENT)
        self.sizes = array("q", [size for _, size in there])
        self._digests = b"".join(digest for digest, _ in there)
        self._heads = array("Q", [_head(digest) for digest, _ in there])

    def size(self, digest: bytes) -> int:
        head = _head(digest)
        place = bisect_left(self._heads, head)
        while place < len(self._heads) and self._heads[place] == head:
            if _at(self._digests, place) == digest:
                return self.sizes[place]
            place += 1
        return ABSENT

    def entries(self) -> dict[bytes, int]:
        return _entries(self._digests, self.sizes)


def _head(digest: bytes) -> int:
    return int.from_bytes(digest[:8])


def _at(digests: bytes, place: int) -> bytes:
    return digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]


def _entries(digests: bytes, sizes: array[int]) -> dict[bytes, int]:
    return {_at(digests, place): size for place, size in enumerate(sizes)}
