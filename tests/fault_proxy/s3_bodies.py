"""The bodies that S3 takes: decoded from `aws-chunked`, and what they must have as checksums."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from tests.fault_proxy.checksums import ALGORITHMS, md5, s3_checksum
from tests.fault_proxy.messages import Refusal, Request

CHECKSUM_HEADER = "x-amz-checksum-"
# These headers say how a checksum is made, and hold none.
_NO_CHECKSUMS = {"algorithm", "type", "mode"}


def plain(request: Request) -> Request:
    """The same request as if its body had been sent at once: trailers are headers."""
    encodings = [part.strip() for part in (request.header("Content-Encoding") or "").split(",")]
    if "aws-chunked" not in encodings:
        return request
    body, trailers = _decoded(request.body)
    others = ",".join(part for part in encodings if part != "aws-chunked")
    bare = replace(request, body=body).with_headers(
        Content_Encoding=others or None,
        x_amz_content_sha256="UNSIGNED-PAYLOAD",
        x_amz_decoded_content_length=None,
        x_amz_trailer=None,
    )
    if request.header("x-amz-decoded-content-length") not in (None, str(len(body))):
        raise Refusal(400, "IncompleteBody")
    return replace(bare, headers=bare.headers + trailers)


def claimed_checksums(request: Request) -> dict[str, str]:
    """What the client says that the body has, by algorithm."""
    found = {
        name.lower().removeprefix(CHECKSUM_HEADER): value
        for name, value in request.headers
        if name.lower().startswith(CHECKSUM_HEADER)
    }
    return {name: value for name, value in found.items() if name not in _NO_CHECKSUMS}


def require_checksums(request: Request) -> None:
    """Refuses a body that is not what `Content-MD5` or `x-amz-checksum-*` say.

    The signature's own hash of the body (`x-amz-content-sha256`) is not looked at: over TLS, as
    in production, boto3 sends none, and looking would hide that a checksum was left out.
    """
    claim = request.header("Content-MD5")
    if claim is not None and _bytes(claim, size=16, code="InvalidDigest"):
        _require(claim == md5(request.body), "Content-MD5")
    for algorithm, value in claimed_checksums(request).items():
        if algorithm not in ALGORITHMS:
            raise Refusal(501, "NotImplemented", f"the proxy does not know {algorithm}")
        _bytes(value, size=len(ALGORITHMS[algorithm](b"")), code="InvalidRequest")
        _require(value == s3_checksum(algorithm, request.body), algorithm.upper())


def with_algorithm(request: Request) -> Request:
    """The same with its checksum's algorithm named, without which moto forgets the checksum."""
    claimed = claimed_checksums(request)
    if len(claimed) != 1 or request.header("x-amz-sdk-checksum-algorithm") is not None:
        return request
    return request.with_headers(x_amz_sdk_checksum_algorithm=next(iter(claimed)).upper())


def _require(equal: bool, name: str) -> None:
    if not equal:
        words = f"The {name} you specified did not match the calculated checksum."
        raise Refusal(400, "BadDigest", words)


def _bytes(value: str, *, size: int, code: str) -> bytes:
    try:
        found = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise Refusal(400, code) from error
    if len(found) != size:
        raise Refusal(400, code)
    return found


def _decoded(data: bytes) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    pieces, rest = [], data
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            break
        pieces.append(rest[:size])
        rest = rest[size + 2 :]
    trailers = []
    for line in rest.split(b"\r\n"):
        name, _, value = line.decode("ascii").partition(":")
        if value:
            trailers.append((name.strip(), value.strip()))
    return b"".join(pieces), tuple(trailers)
