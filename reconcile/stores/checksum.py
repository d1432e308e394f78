"""Full-object checksums, computed as S3 spells them: algorithm name to base64."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO, Protocol

try:  # CRC-64/NVME needs the C library of the AWS SDK; without it the checksum is left unchecked.
    from awscrt import checksums as _crt
except ImportError:
    _crt = None


class Checksum(Protocol):
    """One running checksum."""

    def update(self, data: bytes) -> None:
        """Takes the next bytes."""

    def base64(self) -> str:
        """The checksum of all bytes so far, as S3 spells it."""


class _Digest:
    def __init__(self, name: str) -> None:
        self._hash = hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def base64(self) -> str:
        return base64.b64encode(self._hash.digest()).decode()


class _Crc:
    def __init__(self, step: Callable[[bytes, int], int], width: int) -> None:
        self._step, self._width, self._value = step, width, 0

    def update(self, data: bytes) -> None:
        self._value = self._step(data, self._value)

    def base64(self) -> str:
        return base64.b64encode(self._value.to_bytes(self._width, "big")).decode()


_MAKERS: dict[str, Callable[[], Checksum]] = {
    "crc32": lambda: _Crc(zlib.crc32, 4),
    "sha1": lambda: _Digest("sha1"),
    "sha256": lambda: _Digest("sha256"),
    "sha512": lambda: _Digest("sha512"),
}
if _crt is not None:
    _MAKERS["crc64nvme"] = lambda: _Crc(_crt.crc64nvme, 8)
    _MAKERS["crc32c"] = lambda: _Crc(_crt.crc32c, 4)

STRONGEST_CRC = "crc64nvme" if "crc64nvme" in _MAKERS else "crc32"
"""The checksum we send with what we write to S3."""


def checksum_of(data: bytes | BinaryIO, *, algorithm: str) -> str:
    """The checksum of some bytes, as S3 spells it; a stream is read whole and rewound.

    `algorithm` must be one that can be computed here.
    """
    running = _MAKERS[algorithm]()
    if isinstance(data, bytes):
        running.update(data)
    else:
        for chunk in iter(lambda: data.read(1 << 20), b""):
            running.update(chunk)
        data.seek(0)
    return running.base64()


class Verifier:
    """Computes, beside a download, every vouched-for checksum that can be computed here."""

    def __init__(self, expected: Mapping[str, str]) -> None:
        self._expected = expected
        self._running = {name: _MAKERS[name]() for name in expected if name in _MAKERS}

    def update(self, data: bytes) -> None:
        """Takes the next bytes."""
        for checksum in self._running.values():
            checksum.update(data)

    def disagreement(self) -> tuple[str, str, str] | None:
        """The first checksum that is wrong, as algorithm, found, expected; None if none is."""
        for name, checksum in self._running.items():
            found = checksum.base64()
            if found != self._expected[name]:
                return name, found, self._expected[name]
        return None
