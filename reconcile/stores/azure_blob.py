"""A container of Azure Blob Storage as a store."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import BlobClient, BlobProperties, ContainerClient

from reconcile.errors import NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import AtRest, Protection
from reconcile.model.traffic import Traffic
from reconcile.stores.address import address_of
from reconcile.stores.arriving import Arriving
from reconcile.stores.at_rest import AS_SET_UP, told_to_blob_storage
from reconcile.stores.azure_errors import Precondition, RangeBeyondEnd, translated
from reconcile.stores.azure_locks import ContainerLocks
from reconcile.stores.blob_stream import BlobStream, opened
from reconcile.stores.blob_upload import BlobUpload, uncommitted
from reconcile.stores.checksum import checksum_of, own_algorithm
from reconcile.stores.download import checked_whole, write_pinned
from reconcile.stores.locks import locked
from reconcile.stores.meter import Meter
from reconcile.stores.name_order import in_name_order
from reconcile.stores.protocol import ContainerMissing, Stream, Unnameable, Upload
from reconcile.stores.range_check import LARGEST_RANGE, RangeCheck, md5_of
from reconcile.stores.refusals import already_there, changed
from reconcile.stores.upload import readable


class BlobStore:
    """One container, through a client that somebody else signed in.

    Objects carry no checksums, except for those just written: the service keeps none that it
    vouches for (its Content-MD5 is whatever a client once said). `page_size` is of listings; None
    leaves it to the service. `at_rest` is what the service is told about its own encryption of
    what is written; `heeds_locks` is whether a delete with `if_match` asks first whether the blob
    is locked.
    """

    def __init__(
        self,
        client: ContainerClient,
        *,
        page_size: int | None = None,
        at_rest: AtRest = AS_SET_UP,
        heeds_locks: bool = True,
    ) -> None:
        self._client = client
        self._page_size = page_size
        self._container = str(client.container_name)
        self._meter = Meter()
        # The SDK tells of the first try of a request here and of every further one there.
        self._counted = {"raw_request_hook": self._sent, "retry_hook": self._sent}
        self.root = f"az://{self._container}"
        self.address = address_of(f"{client.scheme}://{client.primary_hostname}", self._container)
        self._encryption = told_to_blob_storage(at_rest)
        self._locks = ContainerLocks(
            client, self._blob, root=self.root, asking=self._translated, counted=self._counted
        )
        self._heeds_locks = heeds_locks

    @property
    def traffic(self) -> Traffic:
        """What was asked of the service so far."""
        return self._meter.traffic

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every blob whose name begins with `prefix`, in name order, every page.

        A folder entry of a hierarchical account is listed as a marker, with `/` at the end.
        """
        yield from in_name_order(self._pages(prefix), where=self._where(prefix))

    def _pages(self, prefix: str) -> Iterator[ObjectInfo]:
        pages = self._client.list_blobs(
            name_starts_with=prefix or None,
            include=["metadata"],
            results_per_page=self._page_size,
            raw_response_hook=self._listed,
            **self._counted,
        ).by_page()
        late: list[ObjectInfo] = []
        while True:
            with self._translated(prefix):
                page = next(pages, None)
                infos = [] if page is None else [_info(blob) for blob in page]
            if page is None:
                break
            # The service may order by UTF-16; that is not UTF-8's order from U+E000 on. And where
            # it knows folders it lists all of `a/` before `a-b`, although `-` comes before `/`.
            if late or any(max(info.name) >= "\ue000" or _is_folder(info) for info in infos):
                late += infos
            else:
                yield from infos
        yield from sorted(late, key=lambda info: info.name.encode())

    def head(self, name: str) -> ObjectInfo:
        """One blob."""
        with self._translated(name):
            return _info(self._blob(name).get_blob_properties(**self._counted))

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of a blob or of a range of it."""
        if length == 0:
            if if_match not in (None, self.head(name).etag):
                raise changed(self._where(name))
            return b""
        try:
            if length is not None:
                return b"".join(self._checked(name, start, length, **_pin(if_match)))
            window = {"offset": start} if start else {}
            with self._translated(name):
                return b"".join(
                    self._streamed(name, validate_content=True, **window, **_pin(if_match))
                )
        except RangeBeyondEnd:
            return b""
        except Precondition as error:
            raise changed(self._where(name)) from error

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned blob to a file."""
        where = self._where(pinned.name)
        try:
            return write_pinned(self._chunks(pinned), pinned, destination, where=where)
        except (Precondition, NotFound) as error:
            raise changed(where) from error

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of the pinned blob."""
        where = self._where(pinned.name)
        try:
            data = self._as_told(pinned)
            if data is None and pinned.size:
                data = b"".join(self._checked(pinned.name, 0, pinned.size, **_pin_of(pinned)))
            elif data is None:
                data = b"".join(self._chunks(pinned))
        except (Precondition, NotFound) as error:
            raise changed(where) from error
        return data, checked_whole(data, pinned, where=where)

    def _as_told(self, pinned: ObjectInfo) -> bytes | None:
        """The bytes, in one request, where they are those of the MD5 that the service keeps.

        Then nothing has turned on the way. None where that cannot be said: the MD5 may be missing,
        or be what somebody once said.
        """
        if pinned.md5 is None or not pinned.size:
            return None
        with closing(self.unchecked(pinned, start=0)) as stream:
            data = stream.read(pinned.size)
        return data if md5_of(data) == pinned.md5 else None

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:  # noqa: ARG002
        """None: only of ranges of 4 MiB does the service say what it has sent."""
        return None

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream:
        """What begins there of the pinned blob, as it arrives."""
        where = self._where(pinned.name)
        try:
            with self._translated(pinned.name):
                answer = opened(self._blob(pinned.name), pinned, start=start, **self._counted)
        except (Precondition, RangeBeyondEnd, NotFound) as error:
            raise changed(where) from error
        return BlobStream(answer, where=where, received=self._meter.received)

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """Writes a blob of one block of up to 4000 MiB while it arrives."""
        upload = self._upload(name)
        part = upload.put_arriving(0, arriving)
        return upload.commit([part], crc64nvme=part.crc64nvme, if_match=if_match, md5=arriving.md5)

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Writes a blob; the service checks the bytes that arrive."""
        condition: dict[str, Any] = {"overwrite": not create_only} | _pin(if_match)
        try:
            with readable(data) as (body, size), self._translated(name):
                checksum = checksum_of(body, algorithm=own_algorithm())
                answer = self._blob(name).upload_blob(
                    body,
                    length=size,
                    validate_content=True,
                    **self._encryption,
                    **condition,
                    **self._counted,
                )
        except Precondition as error:
            refusal = already_there if create_only else changed
            raise refusal(self._where(name)) from error
        except ContainerMissing:
            raise
        except NotFound as error:
            if if_match is None:
                raise
            # What should have been replaced is gone.
            raise changed(self._where(name)) from error
        return ObjectInfo(
            name,
            size,
            answer["etag"].strip('"'),
            version=answer.get("version_id"),
            modified=answer["last_modified"],
            # The service has checked the bytes by their MD5, so they are those of this checksum.
            checksums={own_algorithm(): checksum},
        )

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes a blob."""
        try:
            if if_match is not None and self._heeds_locks:
                self._require_no_lock(name)
            with self._translated(name):
                self._blob(name).delete_blob(**_pin(if_match), **self._counted)
        except Precondition as error:
            raise changed(self._where(name)) from error
        except ContainerMissing:
            raise
        except NotFound:
            return

    def path_of(self, name: str) -> Path | None:  # noqa: ARG002
        """None: nothing here lies on this machine's disk."""
        return None

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:  # noqa: ARG002
        """None: the service vouches for no checksum, by which what was fetched could be proven."""
        return None

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """An upload in blocks; the service knows of it from the first block on."""
        return self._upload(name, id)

    def _upload(self, name: str, id: str | None = None) -> BlobUpload:
        return BlobUpload(
            self._blob(name),
            where=self._where(name),
            asking=lambda: self._translated(name),
            counted=self._counted,
            encryption=self._encryption,
            id=id,
        )

    def uploads_of(self, name: str) -> Sequence[str]:
        """The ids of uploads of ours of that very name with blocks that nobody has committed."""
        blocks = uncommitted(
            self._blob(name),
            asking=lambda: self._translated(name),
            counted=self._counted,
        )
        return sorted({token for token, _ in blocks})

    def protection(self, name: str) -> Protection | None:
        """The lock and the hold of the newest version."""
        return self._locks.of(name)

    def protect(self, name: str, protection: Protection) -> Protection:
        """Locks the newest version."""
        return self._locks.set(name, protection)

    def release(self, name: str) -> Protection | None:
        """Ends the hold of the newest version."""
        return self._locks.release(name)

    def _require_no_lock(self, name: str) -> None:
        protection = self._locks.in_the_way(name)
        if protection is not None:
            raise locked(self._where(name), protection)

    def _chunks(self, pinned: ObjectInfo) -> Iterator[bytes]:
        with self._translated(pinned.name):
            yield from self._streamed(pinned.name, **_pin_of(pinned))

    def _checked(self, name: str, start: int, length: int, **pin: Any) -> Iterator[bytes]:
        """What is held in memory: copies are made and proven of it, and nobody vouches for it."""
        end = start + length
        for offset in range(start, end, LARGEST_RANGE):
            size = min(LARGEST_RANGE, end - offset)
            try:
                with self._translated(name):
                    data = self._range(name, offset, size, **pin)
            except RangeBeyondEnd:
                if offset == start:
                    raise
                return
            yield data
            if len(data) < size:
                return

    def _range(self, name: str, offset: int, size: int, **pin: Any) -> bytes:
        check = RangeCheck(self._where(name))

        def sent(request: Any) -> None:
            self._sent()
            check.ask(request)

        hooks = {**self._counted, "raw_request_hook": sent, "raw_response_hook": check.hear}
        download = self._blob(name).download_blob(offset, size, **pin, **hooks)
        data: bytes = download.readall()
        self._meter.received(data)
        check.require(data)
        return data

    def _streamed(self, name: str, **options: Any) -> Iterator[bytes]:
        download = self._blob(name).download_blob(**options, **self._counted)
        return self._meter.streamed(download.chunks())

    def _blob(self, name: str) -> BlobClient:
        """The client of a blob whose name arrives as it is.

        Raises:
            Unnameable: It would be taken for another's on the way: dots are resolved, `\\` is `/`.
        """
        if "\\" in name or any(part in (".", "..") for part in name.split("/")):
            raise Unnameable(
                f"{self._where(name)} is no name that Blob Storage can hold",
                expected="no backslash, and no part that is `.` or `..`",
            )
        return self._client.get_blob_client(name)

    def _sent(self, *_attempt: Any, **_told: Any) -> None:
        self._meter.sent()

    def _listed(self, response: Any) -> None:
        self._meter.received(response.http_response.body())

    def _translated(self, name: str) -> AbstractContextManager[None]:
        return translated(
            self._where(name),
            container=self._container,
            endpoint=str(self._client.primary_hostname),
        )

    def _where(self, name: str) -> str:
        return f"{self.root}/{name}"


def _pin(tag: str | None) -> dict[str, Any]:
    if tag is None:
        return {}
    return {"etag": f'"{tag}"', "match_condition": MatchConditions.IfNotModified}


def _pin_of(pinned: ObjectInfo) -> dict[str, Any]:
    version = {} if pinned.version is None else {"version_id": pinned.version}
    return _pin(pinned.etag) | version


def _is_folder(info: ObjectInfo) -> bool:
    return info.name.endswith("/")


def _info(blob: BlobProperties) -> ObjectInfo:
    is_folder = (blob.metadata or {}).get("hdi_isfolder") == "true"
    md5 = blob.content_settings.content_md5
    return ObjectInfo(
        f"{blob.name.rstrip('/')}/" if is_folder else blob.name,
        blob.size,
        blob.etag.strip('"'),
        version=blob.version_id,
        modified=blob.last_modified,
        md5=None if md5 is None else base64.b64encode(md5).decode(),
    )
