"""Multipart uploads as S3 keeps them: what each part was, until they are put together."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from xml.etree import ElementTree

from awscrt import checksums

from tests.fault_proxy.checksums import combined
from tests.fault_proxy.messages import Answer, Forward, ProxyMisused, Refusal, Request
from tests.fault_proxy.s3_bodies import claimed_checksums

OWN_NAME = "AWS4-HMAC-SHA256 Credential=proxy/20130101/us-east-1/s3/aws4_request"
"""By which the proxy itself asks moto, which looks at who asks but at no signature."""

_UPLOAD_ID = re.compile(rb"<UploadId>(.*?)</UploadId>")


@dataclass
class _Begun:
    container: str
    key: str
    parts: dict[int, tuple[int, int]] = field(default_factory=dict)
    """CRC-64/NVME and size, by the number of the part."""


class Uploads:
    """The uploads that have begun and not ended."""

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._begun: dict[str, _Begun] = {}
        self._lock = threading.Lock()

    def begin(self, request: Request) -> Answer:
        """CreateMultipartUpload."""
        answer = self._forward(request)
        if answer.status == 200 and (found := _UPLOAD_ID.search(answer.body)):
            with self._lock:
                self._begun[found[1].decode()] = _begun_by(request)
        return answer

    def require(self, request: Request) -> None:
        """Refuses an upload that is not, or is of another key."""
        upload = request.query["uploadId"]
        with self._lock:
            known = self._begun.get(upload)
        if known is None and self._is_beyond(request):
            with self._lock:
                known = self._begun.setdefault(upload, _begun_by(request))
        found = request.operation
        if known is None or (known.container, known.key) != (found.container, found.key):
            raise Refusal(404, "NoSuchUpload", "The specified upload does not exist.")

    def put_part(self, request: Request, data: bytes) -> Answer:
        """UploadPart or UploadPartCopy; `data` is what the part will be."""
        answer = self._forward(request)
        if answer.status == 200:
            part = checksums.crc64nvme(data), len(data)
            with self._lock:
                begun = self._begun[request.query["uploadId"]]
                begun.parts[int(request.query["partNumber"])] = part
        return answer

    def require_whole(self, request: Request) -> None:
        """Refuses to complete what is not as CompleteMultipartUpload says."""
        told = _parts_told(request.body)
        numbers = [number for number, _ in told]
        if numbers != sorted(set(numbers)):
            raise Refusal(400, "InvalidPartOrder")
        with self._lock:
            known = dict(self._begun[request.query["uploadId"]].parts)
        self._require_parts(told, known)
        claimed = claimed_checksums(request)
        size = request.header("x-amz-mp-object-size")
        if not claimed and size is None:
            return
        if claimed.keys() - {"crc64nvme"}:
            raise Refusal(501, "NotImplemented", "the proxy combines no checksum but CRC64NVME")
        if not known.keys() >= set(numbers):
            raise ProxyMisused("parts that were sent past the proxy cannot be verified by it")
        whole = [known[number] for number in numbers]
        if size not in (None, str(sum(length for _, length in whole))):
            raise Refusal(400, "InvalidRequest", "The size of the object is another.")
        if claimed and claimed["crc64nvme"] != combined(whole):
            words = "The CRC64NVME you specified did not match the calculated checksum."
            raise Refusal(400, "BadDigest", words)

    def forget(self, request: Request) -> None:
        """The upload has ended."""
        with self._lock:
            self._begun.pop(request.query["uploadId"], None)

    def _require_parts(
        self, told: list[tuple[int, str | None]], known: dict[int, tuple[int, int]]
    ) -> None:
        for number, checksum in told:
            if checksum is not None and number in known and checksum != combined([known[number]]):
                raise Refusal(400, "InvalidPart", f"part {number} has another CRC64NVME")

    def _is_beyond(self, request: Request) -> bool:
        path = request.target.partition("?")[0]
        target = f"{path}?uploadId={request.query['uploadId']}&max-parts=1"
        headers = ("Host", request.header("Host") or ""), ("Authorization", OWN_NAME)
        return self._forward(Request(request.kind, "GET", target, headers)).status == 200


def _begun_by(request: Request) -> _Begun:
    return _Begun(request.operation.container, request.operation.key)


def _parts_told(body: bytes) -> list[tuple[int, str | None]]:
    try:
        document = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Refusal(400, "MalformedXML") from error
    parts = []
    for part in document.findall("{*}Part"):
        number = part.findtext("{*}PartNumber")
        if number is None:
            raise Refusal(400, "MalformedXML")
        parts.append((int(number), part.findtext("{*}ChecksumCRC64NVME")))
    return parts
