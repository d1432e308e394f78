"""A multipart upload of S3 as an upload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from reconcile.errors import NotFound, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.protocol import ContainerMissing, CutShort
from reconcile.stores.refusals import FetchesNothing, already_there, changed
from reconcile.stores.s3_answers import info_of, quoted
from reconcile.stores.s3_errors import Precondition

_PARTS_GONE = ("InvalidPart", "InvalidPartOrder", "NoSuchUpload")

Asking = Callable[[str], AbstractContextManager[None]]
"""What every request is made in: it is counted there, and its errors are translated."""


class S3Upload(FetchesNothing):
    """One upload that has begun. The service checks every part, and the whole on commit.

    Parts but the last must be of 5 MiB or more, and 10,000 at most; some look-alikes allow less.
    """

    def __init__(
        self, client: Any, *, bucket: str, name: str, id: str, where: str, asking: Asking
    ) -> None:
        self.id = id
        self._client = client
        self._object = {"Bucket": bucket, "Key": name}
        self._upload = {**self._object, "UploadId": id}
        self._name = name
        self._where = where
        self._asking = asking
        self._tags: dict[int, str] = {}

    @classmethod
    def begin(
        cls,
        client: Any,
        *,
        bucket: str,
        name: str,
        where: str,
        asking: Asking,
        encryption: Mapping[str, str] = MappingProxyType({}),
    ) -> S3Upload:
        """A new one; `encryption` is what the service is told of its own.

        Raises:
            Transient: boto3 had to ask twice, so that one may have begun whose id nobody knows.
                Both are among the store's `uploads_of`.
        """
        with asking(name):
            answer = client.create_multipart_upload(
                Bucket=bucket,
                Key=name,
                ChecksumAlgorithm="CRC64NVME",
                ChecksumType="FULL_OBJECT",
                **encryption,
            )
        if answer["ResponseMetadata"].get("RetryAttempts"):
            raise Transient(
                f"{where}: an upload may have begun twice",
                next_step="run again; what is left over is given up then",
            )
        return cls(
            client,
            bucket=bucket,
            name=name,
            id=answer["UploadId"],
            where=where,
            asking=asking,
        )

    def parts(self) -> Mapping[int, int]:
        """The sizes in bytes, by number, of the parts that the service has."""
        sizes: dict[int, int] = {}
        page: dict[str, Any] = {}
        while True:
            answer = self._ask(
                lambda page=page: self._client.list_parts(**self._upload, **page)  # type: ignore[misc]
            )
            for part in answer.get("Parts", ()):
                sizes[part["PartNumber"] - 1] = part["Size"]
                self._tags[part["PartNumber"] - 1] = part["ETag"]
            if not answer.get("IsTruncated"):
                return sizes
            page = {"PartNumberMarker": answer["NextPartNumberMarker"]}

    def put_part(self, number: int, data: bytes, *, crc64nvme: str) -> None:
        """Sends a part, which the service checks against its checksum."""
        answer = self._ask(
            lambda: self._client.upload_part(
                **self._upload,
                PartNumber=number + 1,
                Body=data,
                ChecksumAlgorithm="CRC64NVME",
                ChecksumCRC64NVME=crc64nvme,
            )
        )
        self._tags[number] = answer["ETag"]

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """Makes the object visible, whole; the service checks size and checksum of it first."""
        if any(number not in self._tags for number in range(len(parts))):
            self.parts()
        size = sum(part.size for part in parts)
        pin = {"IfNoneMatch": "*"} if if_match is None else {"IfMatch": quoted(if_match)}
        try:
            answer = self._ask(
                lambda: self._client.complete_multipart_upload(
                    **self._upload,
                    MultipartUpload={"Parts": self._listed(parts)},
                    ChecksumCRC64NVME=crc64nvme,
                    ChecksumType="FULL_OBJECT",
                    MpuObjectSize=size,
                    **pin,
                )
            )
        except Precondition as error:
            refusal = already_there if if_match is None else changed
            raise refusal(self._where) from error
        except CutShort as error:  # the parts are not what they should be: others are needed
            raise changed(self._where) from error
        written = info_of(self._name, size, answer)
        return written if written.checksums else self._headed(written)

    def abort(self) -> None:
        """Gives the upload up and frees its parts; one that is gone is no error."""
        with suppress(NotFound), self._asking(self._name):
            self._client.abort_multipart_upload(**self._upload)

    def _listed(self, parts: Sequence[Part]) -> list[dict[str, Any]]:
        try:
            return [
                {
                    "PartNumber": number + 1,
                    "ETag": self._tags[number],
                    "ChecksumCRC64NVME": part.crc64nvme,
                }
                for number, part in enumerate(parts)
            ]
        except KeyError as error:  # the service has it no more
            raise changed(self._where) from error

    def _headed(self, written: ObjectInfo) -> ObjectInfo:
        """What was written, with what the service says of it when asked: not all say it at once."""
        with self._asking(self._name):
            answer = self._client.head_object(**self._object, ChecksumMode="ENABLED")
        headed = info_of(self._name, answer["ContentLength"], answer)
        if (headed.etag, headed.size) != (written.etag, written.size):
            raise changed(self._where)
        return headed

    def _ask(self, request: Callable[[], Any]) -> Any:
        """An answer; an upload, or what it should replace, that is gone has changed."""
        try:
            with self._asking(self._name):
                return self._told(request)
        except ContainerMissing:
            raise
        except NotFound as error:
            raise changed(self._where) from error

    def _told(self, request: Callable[[], Any]) -> Any:
        try:
            return request()
        except ClientError as error:
            if error.response["Error"]["Code"] in _PARTS_GONE:
                raise changed(self._where) from error
            raise


def uploads_of(client: Any, *, bucket: str, name: str, asking: Asking) -> Sequence[str]:
    """The ids of uploads of that very name that have begun and not ended."""
    found: list[str] = []
    page: dict[str, Any] = {}
    while True:
        with asking(name):
            answer = client.list_multipart_uploads(
                Bucket=bucket, Prefix=name, EncodingType="url", **page
            )
        spelled = unquote_plus if answer.get("EncodingType") == "url" else str
        found += [up["UploadId"] for up in answer.get("Uploads", ()) if spelled(up["Key"]) == name]
        if not answer.get("IsTruncated"):
            return found
        page = {
            "KeyMarker": spelled(answer["NextKeyMarker"]),
            "UploadIdMarker": answer["NextUploadIdMarker"],
        }
