"""A bucket of S3, or of something that speaks its protocol, as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from reconcile.errors import BadInput, NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.model.traffic import Traffic
from reconcile.stores.address import address_of
from reconcile.stores.checksum import checksum_of, strongest_crc
from reconcile.stores.download import CHUNK_BYTES, write_pinned
from reconcile.stores.meter import Meter
from reconcile.stores.protocol import ContainerMissing
from reconcile.stores.refusals import already_there, changed
from reconcile.stores.s3_errors import Precondition, RangeBeyondEnd, translated
from reconcile.stores.s3_meter import counted, watch
from reconcile.stores.upload import readable

_LARGEST_PUT = 5 * 1024**3
_CHECKSUM_FIELDS = {
    f"Checksum{name}": name.lower()
    for name in ("CRC64NVME", "SHA512", "SHA256", "SHA1", "CRC32C", "CRC32")
}
_FIELD_OF = {name: field for field, name in _CHECKSUM_FIELDS.items()}


class S3Store:
    """One bucket, through a boto3 client that somebody else signed in.

    Relies on the service for conditional writes (`If-None-Match: *`, `If-Match`): where a
    look-alike ignores these headers, `create_only` and `if_match` of writes protect nothing.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._meter = Meter()
        watch(client)
        self.root = f"s3://{bucket}"
        self.address = address_of(client.meta.endpoint_url, bucket)

    @property
    def traffic(self) -> Traffic:
        """What was asked of the service so far."""
        return self._meter.traffic

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose name begins with `prefix`, in name order, every page.

        Listings carry no checksums; `head` does.
        """
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
                )
            if not page.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]

    def head(self, name: str) -> ObjectInfo:
        """One object, with its full-object checksums."""
        with self._translated(name):
            answer = self._client.head_object(Bucket=self._bucket, Key=name, ChecksumMode="ENABLED")
        return _info(name, answer["ContentLength"], answer)

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of an object or of a range of it."""
        if length == 0:
            self._require_tag(self.head(name), if_match)
            return b""
        last = "" if length is None else str(start + length - 1)
        ranged = {} if start == 0 and length is None else {"Range": f"bytes={start}-{last}"}
        pin = {} if if_match is None else {"IfMatch": _quoted(if_match)}
        try:
            with self._translated(name):
                answer = self._client.get_object(Bucket=self._bucket, Key=name, **ranged, **pin)
                with closing(answer["Body"]) as body:
                    self._require_tag(_info(name, answer["ContentLength"], answer), if_match)
                    return b"".join(self._streamed(body))
        except RangeBeyondEnd:
            return b""
        except Precondition as error:
            raise changed(self._where(name)) from error

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned object to a file, checked against the checksums the service keeps."""
        where = self._where(pinned.name)
        version = {} if pinned.version is None else {"VersionId": pinned.version}
        try:
            with self._translated(pinned.name):
                answer = self._client.get_object(
                    Bucket=self._bucket,
                    Key=pinned.name,
                    IfMatch=_quoted(pinned.etag),
                    ChecksumMode="ENABLED",
                    **version,
                )
        except (Precondition, NotFound) as error:
            raise changed(where) from error
        with closing(answer["Body"]) as body:
            served = _info(pinned.name, pinned.size, answer)
            self._require_tag(served, pinned.etag)  # not every look-alike heeds If-Match
            vouched = replace(pinned, checksums={**served.checksums, **pinned.checksums})
            return write_pinned(self._chunks(pinned.name, body), vouched, destination, where=where)

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
            pin["IfMatch"] = _quoted(if_match)
        try:
            with readable(data) as (body, size), self._translated(name):
                self._require_one_request(name, size)
                answer = self._client.put_object(
                    Bucket=self._bucket, Key=name, Body=body, **_checksum_sent(body), **pin
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
        return _info(name, size, answer)

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes an object; in a versioned bucket its versions stay."""
        pin = {} if if_match is None else {"IfMatch": _quoted(if_match)}
        try:
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

    def _chunks(self, name: str, body: Any) -> Iterator[bytes]:
        # Whoever takes the chunks is at work in between, and not for this store's account.
        with translated(self._where(name), client=self._client, bucket=self._bucket):
            yield from self._streamed(body)

    def _streamed(self, body: Any) -> Iterator[bytes]:
        return self._meter.streamed(body.iter_chunks(CHUNK_BYTES))

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


def _checksum_sent(body: BinaryIO) -> dict[str, str]:
    return {
        "ChecksumAlgorithm": strongest_crc().upper(),
        # Given as a value it travels as a header. Computed by boto3 it would be a trailer over
        # TLS, which look-alikes that do not know trailers store inside the object.
        _FIELD_OF[strongest_crc()]: checksum_of(body, algorithm=strongest_crc()),
    }


def _quoted(tag: str) -> str:
    return f'"{tag}"'


def _info(name: str, size: int, answer: Mapping[str, Any]) -> ObjectInfo:
    version = answer.get("VersionId")
    return ObjectInfo(
        name,
        size,
        answer["ETag"].strip('"'),
        # "null" is the name of the one version of a bucket that keeps none.
        version=None if version == "null" else version,
        modified=answer.get("LastModified"),
        checksums=_full_object_checksums(answer),
    )


def _full_object_checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """What the service says of the whole object; never the composite of its parts."""
    kind = answer.get("ChecksumType")
    return {
        name: answer[field]
        for field, name in _CHECKSUM_FIELDS.items()
        # CRC-64/NVME exists for whole objects only; the others exist in both kinds.
        if field in answer
        and "-" not in answer[field]
        and (kind == "FULL_OBJECT" or (kind is None and name == "crc64nvme"))
    }
