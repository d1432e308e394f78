"""Blocks of a blob that are not committed yet as an upload."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, BlobClient, ContentSettings

from reconcile.errors import NotFound, ReconcileError
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.arriving import Arriving, crc64nvme_of
from reconcile.stores.azure_crc64 import told_by
from reconcile.stores.azure_errors import Precondition, code_of
from reconcile.stores.checksum import checksum_of, combined_crc64nvme
from reconcile.stores.protocol import CannotFetch, ContainerMissing, CutShort
from reconcile.stores.refusals import already_there, changed

_BLOCK = re.compile(r"([0-9a-f]{16})-([0-9]{6})")
_UNFETCHABLE = "CannotVerifyCopySource"
_BLOCKS_GONE = ("InvalidBlockList", "InvalidBlobOrBlock")


class BlobUpload:
    """One upload: the blocks whose ids bear its token, which is random.

    Of several uploads of one name, the first that is committed makes the service drop the blocks
    of the others, whose commits then fail. Blocks that nobody commits it drops within a week.
    """

    def __init__(
        self,
        client: BlobClient,
        *,
        where: str,
        asking: Callable[[], AbstractContextManager[None]],
        counted: Mapping[str, Any],
        encryption: Mapping[str, str] = MappingProxyType({}),
        id: str | None = None,
    ) -> None:
        self.id = id or secrets.token_hex(8)
        self._client = client
        self._name = str(client.blob_name)
        self._where = where
        self._asking = asking
        self._counted = counted
        self._writing = {**counted, **encryption}

    def parts(self) -> Mapping[int, int]:
        """The sizes in bytes, by number, of the parts that the service has."""
        blocks = uncommitted(self._client, asking=self._asking, counted=self._counted)
        return {number: size for (token, number), size in blocks.items() if token == self.id}

    def put_part(self, number: int, data: bytes, *, crc64nvme: str) -> None:
        """Sends a part, which the service checks.

        It checks by MD5, which emulators compute many times faster than CRC-64, and besides finds
        what CRC-64 would not; so what was sent must be what the checksum is of.
        """
        if checksum_of(data, algorithm="crc64nvme") != crc64nvme:
            raise CutShort(f"{self._where}: a part is not what its checksum is of")
        with self._asking():
            self._client.stage_block(
                self._block(number),
                data,
                length=len(data),
                validate_content=True,
                **self._writing,
            )

    def put_arriving(self, number: int, arriving: Arriving) -> Part:
        """Sends a part while it arrives; the service checks it by the MD5 that it comes with."""
        with self._asking():
            arriving.begin()
            self._client.stage_block(
                self._block(number),
                arriving,
                length=len(arriving),
                headers={"Content-MD5": arriving.md5},
                **self._writing,
            )
        return Part(len(arriving), crc64nvme_of(arriving))

    def put_part_from(self, number: int, url: str, *, start: int, length: int, etag: str) -> Part:
        """Has the service fetch a part by itself, and takes its word for the checksum."""
        try:
            with self._asking():
                answer = self._fetched(number, url, start=start, length=length, etag=etag)
        except Precondition:
            raise changed(self._where) from None
        except ReconcileError as error:
            raise error from None  # the SDK's own may quote the address, which is a secret
        crc64nvme = told_by(answer)
        if crc64nvme is None:
            raise CannotFetch(f"{self._where}: Blob Storage tells no checksum of what it fetched")
        return Part(length, crc64nvme)

    def commit(
        self,
        parts: Sequence[Part],
        *,
        crc64nvme: str,
        if_match: str | None = None,
        md5: str | None = None,
    ) -> ObjectInfo:
        """Makes the object visible, whole: of parts each of which the service has checked.

        The service tells its MD5 from then on, where it is given one.
        """
        if combined_crc64nvme(parts) != crc64nvme:
            raise changed(self._where)
        blocks = [BlobBlock(self._block(number)) for number in range(len(parts))]
        try:
            with self._asking():
                answer = self._committed(blocks, {**condition(if_match), **_content(md5)})
        except Precondition as error:
            refusal = already_there if if_match is None else changed
            raise refusal(self._where) from error
        except ContainerMissing:
            raise
        except NotFound as error:
            raise changed(self._where) from error
        return ObjectInfo(
            self._name,
            sum(part.size for part in parts),
            answer["etag"].strip('"'),
            version=answer.get("version_id"),
            modified=answer["last_modified"],
            checksums={"crc64nvme": crc64nvme},
            md5=md5,
        )

    def abort(self) -> None:
        """Nothing is asked: the service has no such request, and drops the blocks by itself."""

    def _fetched(
        self, number: int, url: str, *, start: int, length: int, etag: str
    ) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._client.stage_block_from_url(
                self._block(number),
                url,
                source_offset=start,
                source_length=length,
                headers={"x-ms-source-if-match": f'"{etag}"'},
                **self._writing,
            )
        except HttpResponseError as error:
            code, headers = code_of(error), getattr(error.response, "headers", {})
            if code == _UNFETCHABLE and headers.get("x-ms-copy-source-status-code") == "412":
                raise changed(self._where) from None
            if code == _UNFETCHABLE or error.status_code in (400, 405, 501):
                raise CannotFetch(
                    f"{self._where}: Blob Storage does not fetch it by itself",
                    found=f"{code or 'no code'} (HTTP {error.status_code})",
                ) from None
            raise
        return answer

    def _committed(self, blocks: list[BlobBlock], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._client.commit_block_list(
                blocks, **settings, **self._writing
            )
        except HttpResponseError as error:
            if code_of(error) in _BLOCKS_GONE:
                raise changed(self._where) from error
            raise
        return answer

    def _block(self, number: int) -> str:
        return f"{self.id}-{number:06d}"  # all of one length: the service demands it


def uncommitted(
    client: BlobClient,
    *,
    asking: Callable[[], AbstractContextManager[None]],
    counted: Mapping[str, Any],
) -> Mapping[tuple[str, int], int]:
    """The sizes in bytes of the blocks of a name that are ours and not committed.

    They are told by token and number; those of other tools are left out.
    """
    try:
        with asking():
            _, blocks = client.get_block_list("uncommitted", **counted)
    except ContainerMissing:
        raise
    except NotFound:  # neither a blob nor blocks
        return {}
    found = ((_BLOCK.fullmatch(block.id), block.size) for block in blocks)
    return {(match[1], int(match[2])): size for match, size in found if match is not None}


def _content(md5: str | None) -> dict[str, Any]:
    if md5 is None:
        return {}
    return {"content_settings": ContentSettings(content_md5=bytearray(base64.b64decode(md5)))}


def condition(if_match: str | None) -> dict[str, Any]:
    """What must hold of the blob that is written: its tag, or that there is none."""
    if if_match is None:
        return {"match_condition": MatchConditions.IfMissing}
    return {"etag": f'"{if_match}"', "match_condition": MatchConditions.IfNotModified}
