"""A bucket of S3, or of something that speaks its protocol, as a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from reconcile.errors import BadInput, NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import AtRest, Protection
from reconcile.model.traffic import Traffic
from reconcile.stores.address import address_of
from reconcile.stores.arriving import Arriving, crc64nvme_of
from reconcile.stores.at_rest import AS_SET_UP, told_to_s3
from reconcile.stores.checksum import checksum_of, own_algorithm, strongest_crc
from reconcile.stores.download import CHUNK_BYTES, checked_whole, write_pinned
from reconcile.stores.locks import locked
from reconcile.stores.meter import Meter
from reconcile.stores.name_order import in_name_order
from reconcile.stores.protocol import ContainerMissing, Stream, Upload
from reconcile.stores.refusals import already_there, changed
from reconcile.stores.s3_answers import FIELD_OF, info_of, md5_of, quoted
from reconcile.stores.s3_errors import Precondition, RangeBeyondEnd, translated
from reconcile.stores.s3_locks import BucketLocks
from reconcile.stores.s3_meter import counted, watch
from reconcile.stores.s3_signing import leave_bodies_unsigned
from reconcile.stores.s3_upload import S3Upload, uploads_of
from reconcile.stores.upload import readable

_LARGEST_PUT = 5 * 1024**3


class S3Store:
    """One bucket, through a boto3 client that somebody else signed in.

    Relies on the service for conditional writes (`If-None-Match: *`, `If-Match`): where a
    look-alike ignores these headers, `create_only` and `if_match` of writes protect nothing.

    Args:
        client: Whose.
        bucket: Its name.
        at_rest: What the service is told about its own encryption of what is written.
        heeds_locks: Whether a delete with `if_match` asks first whether the object is locked;
            otherwise a bucket with versions hides it.
    """

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        at_rest: AtRest = AS_SET_UP,
        heeds_locks: bool = True,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._meter = Meter()
        watch(client)
        leave_bodies_unsigned(client)
        self.root = f"s3://{bucket}"
        self.address = address_of(client.meta.endpoint_url, bucket)
        self._encryption = told_to_s3(at_rest)
        self._locks = BucketLocks(client, bucket, root=self.root, asking=self._translated)
        self._heeds_locks = heeds_locks

    @property
    def traffic(self) -> Traffic:
        """What was asked of the service so far."""
        return self._meter.traffic

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose name begins with `prefix`, in name order, every page.

        Listings carry no checksums; `head` does.
        """
        yield from in_name_order(self._pages(prefix), where=self._where(prefix))

    def _pages(self, prefix: str) -> Iterator[ObjectInfo]:
        arguments: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix}
        while True:
            with self._translated(prefix):
                page = self._client.list_objects_v2(**arguments)
            for entry in page.get("Contents", ()):
                yield ObjectInfo(
                    entry["Key"],
                    entry["Size"],
                    entry["ETag"].strip('"'),
                    modified=entry["LastModified"],
                    md5=md5_of(entry["ETag"].strip('"')),
                )
            if not page.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]

    def head(self, name: str) -> ObjectInfo:
        """One object, with its full-object checksums."""
        with self._translated(name):
            answer = self._client.head_object(Bucket=self._bucket, Key=name, ChecksumMode="ENABLED")
        return info_of(name, answer["ContentLength"], answer)

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of an object or of a range of it."""
        if length == 0:
            self._require_tag(self.head(name), if_match)
            return b""
        last = "" if length is None else str(start + length - 1)
        ranged = {} if start == 0 and length is None else {"Range": f"bytes={start}-{last}"}
        pin = {} if if_match is None else {"IfMatch": quoted(if_match)}
        try:
            with self._translated(name):
                answer = self._client.get_object(Bucket=self._bucket, Key=name, **ranged, **pin)
                with closing(answer["Body"]) as body:
                    self._require_tag(info_of(name, answer["ContentLength"], answer), if_match)
                    return self._read(body)
        except RangeBeyondEnd:
            return b""
        except Precondition as error:
            raise changed(self._where(name)) from error

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned object to a file, checked against the checksums the service keeps."""
        where = self._where(pinned.name)
        body, vouched = self._opened(pinned)
        with closing(body):
            return write_pinned(self._chunks(pinned.name, body), vouched, destination, where=where)

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of the pinned object, checked against the checksums the service keeps."""
        where = self._where(pinned.name)
        body, vouched = self._opened(pinned)
        with closing(body), translated(where, client=self._client, bucket=self._bucket):
            data = self._read(body)
        return data, checked_whole(data, vouched, where=where)

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        """A range of the pinned object, as it arrives."""
        body, _ = self._opened(pinned, ranged=(start, length))
        where = self._where(pinned.name)
        asking = partial(translated, where, client=self._client, bucket=self._bucket)
        return _Body(body, asking, self._meter.received)

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:
        """What begins there of the pinned object, as it arrives."""
        return self.streamed(pinned, start=start, length=pinned.size - start)

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """Writes an object of up to 5 GiB while it arrives."""
        pin = {"IfNoneMatch": "*"} if if_match is None else {"IfMatch": quoted(if_match)}
        try:
            with self._translated(name):
                self._require_one_request(name, len(arriving))
                arriving.begin()
                answer = self._client.put_object(
                    Bucket=self._bucket,
                    Key=name,
                    Body=arriving,
                    ContentMD5=arriving.md5,
                    **_checksum_known(arriving),
                    **self._encryption,
                    **pin,
                )
        except Precondition as error:
            refusal = already_there if if_match is None else changed
            raise refusal(self._where(name)) from error
        except ContainerMissing:
            raise
        except NotFound as error:
            if if_match is None:
                raise
            raise changed(self._where(name)) from error
        written = info_of(name, len(arriving), answer)
        if written.md5 != arriving.md5:
            return written  # only what it says of the bytes itself, since it may heed no MD5
        # The bytes there are those of the MD5, so they are those of this checksum.
        ours = {own_algorithm(): crc64nvme_of(arriving)}
        return replace(written, checksums={**ours, **written.checksums})

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Writes an object of up to 5 GiB, with a checksum that the service checks and keeps."""
        pin: dict[str, Any] = {}
        if create_only:
            pin["IfNoneMatch"] = "*"
        if if_match is not None:
            pin["IfMatch"] = quoted(if_match)
        try:
            with readable(data) as (body, size), self._translated(name):
                self._require_one_request(name, size)
                answer = self._client.put_object(
                    Bucket=self._bucket,
                    Key=name,
                    Body=body,
                    **_checksum_sent(body),
                    **self._encryption,
                    **pin,
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
        return info_of(name, size, answer)

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes an object; in a versioned bucket its versions stay."""
        pin = {} if if_match is None else {"IfMatch": quoted(if_match)}
        try:
            if pin and self._heeds_locks:
                self._require_no_lock(name)
            with self._translated(name):
                self._client.delete_object(Bucket=self._bucket, Key=name, **pin)
        except Precondition as error:
            raise changed(self._where(name)) from error
        except ContainerMissing:
            raise
        except NotFound:
            return

    def path_of(self, name: str) -> Path | None:  # noqa: ARG002
        """None: nothing here lies on this machine's disk."""
        return None

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:
        """Where another service can fetch the pinned object for so long."""
        version = {} if pinned.version is None else {"VersionId": pinned.version}
        with self._translated(pinned.name):
            address: str = self._client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._bucket, "Key": pinned.name, **version},
                ExpiresIn=seconds,
            )
        return address

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """A multipart upload."""
        place: dict[str, Any] = {"bucket": self._bucket, "name": name, "where": self._where(name)}
        if id is None:
            return S3Upload.begin(
                self._client, **place, asking=self._translated, encryption=self._encryption
            )
        return S3Upload(self._client, **place, asking=self._translated, id=id)

    def uploads_of(self, name: str) -> Sequence[str]:
        """The ids of multipart uploads of that very name that have begun and not ended."""
        return uploads_of(self._client, bucket=self._bucket, name=name, asking=self._translated)

    def protection(self, name: str) -> Protection | None:
        """The lock and the hold of the newest version."""
        return self._locks.of(name)

    def protect(self, name: str, protection: Protection) -> Protection:
        """Locks the newest version."""
        return self._locks.set(name, protection)

    def release(self, name: str) -> Protection | None:
        """Ends the hold of the newest version."""
        return self._locks.release(name)

    def _opened(
        self, pinned: ObjectInfo, *, ranged: tuple[int, int] | None = None
    ) -> tuple[Any, ObjectInfo]:
        """The body of the pinned object, and the pin with what the service vouches for now.

        Of a range (where it begins, and its length), only the bytes.
        """
        start, length = ranged or (0, pinned.size)
        wanted = {"Range": f"bytes={start}-{start + length - 1}"}
        if ranged is None:
            wanted = {"ChecksumMode": "ENABLED"}
        version = {} if pinned.version is None else {"VersionId": pinned.version}
        try:
            with self._translated(pinned.name):
                answer = self._client.get_object(
                    Bucket=self._bucket,
                    Key=pinned.name,
                    IfMatch=quoted(pinned.etag),
                    **version,
                    **wanted,
                )
        except (Precondition, RangeBeyondEnd, NotFound) as error:
            raise changed(self._where(pinned.name)) from error
        served = info_of(pinned.name, pinned.size, answer)
        is_range = ranged is None or answer["ContentLength"] == length
        if served.etag != pinned.etag or not is_range:  # not every look-alike heeds conditions
            answer["Body"].close()
            raise changed(self._where(pinned.name))
        return answer["Body"], replace(pinned, checksums={**served.checksums, **pinned.checksums})

    def _chunks(self, name: str, body: Any) -> Iterator[bytes]:
        # Whoever takes the chunks is at work in between, and not for this store's account.
        with translated(self._where(name), client=self._client, bucket=self._bucket):
            yield from self._streamed(body)

    def _read(self, body: Any) -> bytes:
        data: bytes = body.read()  # in one piece: joined of chunks it would be in memory twice
        self._meter.received(data)
        return data

    def _streamed(self, body: Any) -> Iterator[bytes]:
        return self._meter.streamed(body.iter_chunks(CHUNK_BYTES))

    def _require_no_lock(self, name: str) -> None:
        protection = self._locks.in_the_way(name)
        if protection is not None:
            raise locked(self._where(name), protection)

    def _require_one_request(self, name: str, size: int) -> None:
        if size > _LARGEST_PUT:
            raise BadInput(
                f"{self._where(name)} is too large for one request",
                found=f"{size} bytes",
                expected=f"at most {_LARGEST_PUT}",
            )

    def _require_tag(self, info: ObjectInfo, tag: str | None) -> None:
        if tag is not None and info.etag != tag:
            raise changed(self._where(info.name))

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        with (
            counted(self._meter),
            translated(self._where(name), client=self._client, bucket=self._bucket),
        ):
            yield

    def _where(self, name: str) -> str:
        return f"{self.root}/{name}"


@dataclass(frozen=True)
class _Body:
    """The body of an answer as a stream."""

    _body: Any
    _asking: Callable[[], AbstractContextManager[None]]
    _received: Callable[[bytes], None]

    def read(self, size: int) -> bytes:
        """The next bytes, in one piece."""
        with self._asking():
            data: bytes = self._body.read(size)
        self._received(data)
        return data

    def close(self) -> None:
        """Lets go of the connection."""
        self._body.close()


def _checksum_known(arriving: Arriving) -> dict[str, str]:
    """The checksum that the service checks and keeps besides the MD5, where it is known before."""
    known = arriving.vouched.get(strongest_crc())
    if known is None:
        return {}
    return {"ChecksumAlgorithm": strongest_crc().upper(), FIELD_OF[strongest_crc()]: known}


def _checksum_sent(body: BinaryIO) -> dict[str, str]:
    return {
        "ChecksumAlgorithm": strongest_crc().upper(),
        # Given as a value it travels as a header. Computed by boto3 it would be a trailer over
        # TLS, which look-alikes that do not know trailers store inside the object.
        FIELD_OF[strongest_crc()]: checksum_of(body, algorithm=strongest_crc()),
    }
