"""Checksums as the services spell them, without a line of the library under test."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable

from awscrt import checksums

ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": lambda data: checksums.crc32c(data).to_bytes(4, "big"),
    "crc64nvme": lambda data: checksums.crc64nvme(data).to_bytes(8, "big"),
    "sha1": lambda data: hashlib.sha1(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "sha512": lambda data: hashlib.sha512(data).digest(),
}


def s3_checksum(algorithm: str, data: bytes) -> str:
    """As in `x-amz-checksum-*`: base64, the highest byte first."""
    return base64.b64encode(ALGORITHMS[algorithm](data)).decode()


def blob_crc64(data: bytes) -> str:
    """As in `x-ms-content-crc64`: the same polynomial as S3's, the lowest byte first."""
    return base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "little")).decode()


def md5(data: bytes) -> str:
    """As in `Content-MD5`."""
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def combined(parts: Iterable[tuple[int, int]]) -> str:
    """The CRC-64/NVME of parts put together, as S3 spells it, from each one's CRC and size."""
    whole = 0
    for crc, size in parts:
        whole = checksums.combine_crc64nvme(whole, crc, size)
    return base64.b64encode(whole.to_bytes(8, "big")).decode()
