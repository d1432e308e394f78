"""An object that arrives while it is sent on: little of it is in memory at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from io import UnsupportedOperation

from reconcile.errors import ReconcileError, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.checksum import Verifier, own_algorithm
from reconcile.stores.protocol import CutShort, Store, Stream

CHUNK_BYTES = 1 << 20
END_BYTES = 64 * 1024
"""So much of an object's end is kept where it passes through here."""
_BREAKS = 3
"""So many times it may break off on the way, and is asked for again from there."""


class Arriving:
    """A pinned object as the body of one request, read once, while it is sent. To be closed.

    What its service says of its MD5 goes with it: the service that it is sent to refuses other
    bytes. Its last bytes are given only when all together are what the store vouches for, so that
    whoever is sent others has not got all that was promised, and keeps nothing.

    Args:
        store: Where it lies.
        pinned: The object, with its MD5.
        on_bytes: Is told of bytes as they have arrived.
    """

    def __init__(
        self, store: Store, pinned: ObjectInfo, *, on_bytes: Callable[[int], None]
    ) -> None:
        if pinned.md5 is None:
            raise AssertionError(f"nobody has said the MD5 of {pinned.name}")
        self.md5 = pinned.md5
        self.end = b""
        """The last bytes, up to 64 KiB, when all have arrived."""
        self.failure: BaseException | None = None
        """Why it did not go on: SDKs say that in words of their own, or try again in vain."""
        self._pinned = pinned
        self._store = store
        self._on_bytes = on_bytes
        self._arrived = 0
        self._verifier = Verifier(pinned.checksums)
        self._stream: Stream | None = None
        self._breaks = 0

    def begin(self) -> None:
        """Begins to read it, anew where that was begun before: the request is made again."""
        self.close()
        self._on_bytes(-self._arrived)
        self._arrived, self.end, self.failure = 0, b"", None
        self._verifier = Verifier(self._pinned.checksums)

    def __len__(self) -> int:
        """All bytes: what SDKs announce."""
        return self._pinned.size

    def checksums(self) -> dict[str, str]:
        """Those of all bytes that have arrived, our own among them."""
        return self._verifier.computed()

    @property
    def vouched(self) -> Mapping[str, str]:
        """What its service has vouched for before anything arrived, by algorithm."""
        return self._pinned.checksums

    @property
    def is_whole(self) -> bool:
        """Whether all of it has arrived, and is what the store vouches for."""
        return self._arrived == self._pinned.size and self.failure is None

    def tell(self) -> int:
        """Bytes that have been read."""
        return self._arrived

    def seek(self, offset: int, _whence: int = 0) -> int:
        """To its beginning, as SDKs do before they sign it and before they send it again.

        Raises:
            ReconcileError: It has failed, and there is nothing to send again.
        """
        if self.failure is not None:
            raise self.failure
        if offset not in (0, self._arrived):
            raise UnsupportedOperation("it can only begin anew")
        if offset != self._arrived:
            self.begin()
        return self._arrived

    def read(self, _size: int = -1) -> bytes:
        """The next bytes, none at the end. However many are asked for: SDKs ask for 16 kB.

        Raises:
            Changed: The object is no longer the pinned one; `CutShort` where other bytes arrived.
            Transient: The store does not answer.
        """
        if self.failure is not None:  # somebody asks again, who would be given the wrong rest
            raise self.failure
        try:
            return self._next()
        except BaseException as error:
            self.failure = error
            self.close()
            raise

    def close(self) -> None:
        """Asks for no more of it."""
        if self._stream is not None:
            with suppress(ReconcileError):
                self._stream.close()
            self._stream = None

    def _next(self) -> bytes:
        left = self._pinned.size - self._arrived
        if not left:
            return b""
        data = self._received(min(CHUNK_BYTES, left))
        self._verifier.update(data)
        self._arrived += len(data)
        self._on_bytes(len(data))
        if self._arrived == self._pinned.size:
            self.close()
            self._require_right()
            self.end = (self.end[-END_BYTES:] + data)[-END_BYTES:]
        else:
            self.end = data
        return data

    def _received(self, size: int) -> bytes:
        while True:
            try:
                if self._stream is None:
                    self._stream = self._store.unchecked(self._pinned, start=self._arrived)
                if self._stream is None:
                    raise AssertionError(f"{self._store.root} gives nothing while it arrives")
                data = self._stream.read(size)
                if data:
                    return data
                raise CutShort(f"{self._where} broke off", next_step="run again")
            except (CutShort, Transient):
                self.close()
                self._breaks += 1
                if self._breaks > _BREAKS:
                    raise

    def _require_right(self) -> None:
        wrong = self._verifier.disagreement()
        if wrong is not None:
            algorithm, found, expected = wrong
            raise CutShort(
                f"{self._where} arrived with other bytes than the store vouches for",
                found=f"{algorithm} {found}",
                expected=expected,
                next_step="run again; if it stays, the object is corrupt in the store",
            )

    @property
    def _where(self) -> str:
        return f"{self._store.root}/{self._pinned.name}"


def crc64nvme_of(arriving: Arriving) -> str:
    """Our own checksum of an object all of which has arrived."""
    return arriving.checksums()[own_algorithm()]
