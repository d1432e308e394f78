"""Full-object checksums, computed as S3 spells them: algorithm name to base64."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import BinaryIO, Protocol

from reconcile.errors import BadInput
from reconcile.model.unfinished import Part


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


@cache
def _makers() -> Mapping[str, Callable[[], Checksum]]:
    """What can be computed here, by algorithm.

    CRC-64/NVME and CRC-32C need the C library of the AWS SDK, without which they are left
    unchecked; it takes a while to load, so it is looked for when first needed.
    """
    makers: dict[str, Callable[[], Checksum]] = {
        "crc32": lambda: _Crc(zlib.crc32, 4),
        "sha1": lambda: _Digest("sha1"),
        "sha256": lambda: _Digest("sha256"),
        "sha512": lambda: _Digest("sha512"),
    }
    with suppress(ImportError):
        from awscrt import checksums  # noqa: PLC0415 - see the docstring

        makers["crc64nvme"] = lambda: _Crc(checksums.crc64nvme, 8)
        makers["crc32c"] = lambda: _Crc(checksums.crc32c, 4)
    return makers


def can_compute(algorithm: str) -> bool:
    """Whether a checksum can be computed here."""
    return algorithm in _makers()


def strongest_crc() -> str:
    """The checksum we send with what we write to S3."""
    return "crc64nvme" if "crc64nvme" in _makers() else "crc32"


def checksum_of(data: bytes | BinaryIO, *, algorithm: str) -> str:
    """The checksum of some bytes, as S3 spells it; a stream is read whole and rewound.

    `algorithm` must be one that can be computed here.
    """
    running = _makers()[algorithm]()
    if isinstance(data, bytes):
        running.update(data)
    else:
        for chunk in iter(lambda: data.read(1 << 20), b""):
            running.update(chunk)
        data.seek(0)
    return running.base64()


def combined_crc64nvme(parts: Iterable[Part]) -> str:
    """The CRC-64/NVME of what the parts are one after the other; their bytes are not needed.

    Raises:
        BadInput: It cannot be computed here.
    """
    require_crc64nvme()
    from awscrt.checksums import combine_crc64nvme  # noqa: PLC0415 - see `_makers`

    whole = 0
    for part in parts:
        value = int.from_bytes(base64.b64decode(part.crc64nvme), "big")
        whole = combine_crc64nvme(whole, value, part.size)
    return base64.b64encode(whole.to_bytes(8, "big")).decode()


def require_crc64nvme() -> None:
    """Refuses where CRC-64/NVME, the one checksum of both clouds, cannot be computed.

    Raises:
        BadInput: The library for it is not installed.
    """
    if "crc64nvme" not in _makers():
        raise BadInput(
            "CRC-64/NVME cannot be computed here, and without it no copy is proven",
            expected="the package awscrt",
            next_step="install it: pip install awscrt",
        )


def own_algorithm() -> str:
    """The checksum that we compute of every object that passes through our hands."""
    return "crc64nvme" if "crc64nvme" in _makers() else "sha256"


class Verifier:
    """Computes, beside a download, our own checksum and every vouched-for one that can be."""

    def __init__(self, expected: Mapping[str, str]) -> None:
        self._expected = expected
        self._running = {
            name: make()
            for name, make in _makers().items()
            if name in expected or name == own_algorithm()
        }

    def update(self, data: bytes) -> None:
        """Takes the next bytes."""
        for checksum in self._running.values():
            checksum.update(data)

    def disagreement(self) -> tuple[str, str, str] | None:
        """The first checksum that is wrong, as algorithm, found, expected; None if none is."""
        for name, found in self.computed().items():
            expected = self._expected.get(name, found)
            if found != expected:
                return name, found, expected
        return None

    def computed(self) -> dict[str, str]:
        """The checksums of all bytes so far."""
        return {name: checksum.base64() for name, checksum in self._running.items()}
