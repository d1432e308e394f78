"""An upload that has begun: what another process needs to go on with it, or to clean it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """One part of an upload, as the service has taken it.

    Attributes:
        size: Bytes.
        crc64nvme: Their CRC-64/NVME, as S3 spells it: base64 of 8 bytes, big-endian.
    """

    size: int
    crc64nvme: str


@dataclass(frozen=True)
class Unfinished:
    """An upload that has begun.

    Attributes:
        address: Of the store that is written to.
        name: The object's.
        pin: Digest of what the parts are of: store, name, version, tag, size, and the part size.
        upload: Its id; None where it was about to be begun.
        others: Ids of uploads of the same name that were there before: somebody else's.
        parts: What was sent, by number.
    """

    address: str
    name: str
    pin: str
    upload: str | None = None
    others: tuple[str, ...] = ()
    parts: Mapping[int, Part] = field(default_factory=dict)
