"""Parts of an object in memory that is not there yet, as an upload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.checksum import checksum_of
from reconcile.stores.protocol import CutShort
from reconcile.stores.refusals import FetchesNothing, changed


class MemoryUpload(FetchesNothing):
    """One upload; `uploads` are those of its name, by id, and it is among them until it ends."""

    def __init__(
        self,
        id: str,
        *,
        where: str,
        uploads: dict[str, dict[int, bytes]],
        publish: Callable[[bytes, str | None], ObjectInfo],
    ) -> None:
        self.id = id
        self._where = where
        self._uploads = uploads
        self._publish = publish

    def parts(self) -> Mapping[int, int]:
        """The sizes in bytes, by number, of the parts that are there."""
        return {number: len(data) for number, data in self._kept().items()}

    def put_part(self, number: int, data: bytes, *, crc64nvme: str) -> None:
        """Takes a part whose checksum is right."""
        if checksum_of(data, algorithm="crc64nvme") != crc64nvme:
            raise CutShort(f"{self._where}: a part arrived with other bytes than were sent")
        self._kept()[number] = bytes(data)

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """Makes the object visible, whole."""
        kept = self._kept()
        if sorted(kept) != list(range(len(parts))):
            raise changed(self._where)
        data = b"".join(kept[number] for number in range(len(parts)))
        if checksum_of(data, algorithm="crc64nvme") != crc64nvme:
            raise changed(self._where)
        written = self._publish(data, if_match)
        self.abort()
        return written

    def abort(self) -> None:
        """Forgets the parts."""
        self._uploads.pop(self.id, None)

    def _kept(self) -> dict[int, bytes]:
        try:
            return self._uploads[self.id]
        except KeyError:
            raise changed(self._where) from None
