"""What a store says about one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class ObjectInfo:
    """One object as listed or headed; together with its store it is a pin.

    Attributes:
        name: Path below the store's root, `/` between parts, never starting with one.
        size: Bytes.
        etag: Opaque tag that changes when the content does, without quotes.
        version: The store's version id, where it keeps versions.
        modified: When it was written, with zone.
        checksums: Algorithm (`crc64nvme`, `sha256` …) to base64, only of the full object, and only
            as the service itself vouches for it or as we computed it of the bytes.
    """

    name: str
    size: int
    etag: str
    version: str | None = None
    modified: datetime | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)
