"""What a store says about one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

PROOFS = ("sha512", "sha256", "crc64nvme", "sha1")
"""Checksums that prove, the first that both have. 32 bits would be one wrong in four billion."""


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
        md5: What the MD5 of its bytes should be, base64, where its service says or hints at it.
            It proves nothing, since anybody may have said so; but bytes that have it are right.
    """

    name: str
    size: int
    etag: str
    version: str | None = None
    modified: datetime | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)
    md5: str | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """It as a document keeps it."""
        modified = None if self.modified is None else self.modified.isoformat()
        return {**vars(self), "modified": modified, "checksums": dict(self.checksums)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """It as a document kept it."""
        modified = document["modified"]
        return cls(
            **{
                **document,
                "modified": None if modified is None else datetime.fromisoformat(modified),
            }
        )
