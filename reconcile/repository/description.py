"""What a repository says of itself: its one document beside its content."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconcile.errors import Damaged, Tampered
from reconcile.model.snapshot import CHUNK_SIZE

VERSION = 1
ALGORITHM = "AES-256-GCM"
LARGEST = 64 * 1024
"""Bytes that such a document has at most."""

_ID = re.compile(r"[0-9a-f]{32}")
_CHUNK_SIZES = range(64 * 1024, 64 * 1024**2 + 1)
_TEXT = 4096


@dataclass(frozen=True)
class Wrapped:
    """A data key as it lies in the repository, and what can unwrap it.

    Attributes:
        kind: Of the key service (`stores.key_service`).
        id: Of the key there.
        key: The data key, wrapped.
    """

    kind: str
    id: str
    key: bytes


@dataclass(frozen=True)
class Description:
    """What a repository is.

    Attributes:
        id: 32 hexadecimal digits.
        chunk_size: Bytes of a chunk, at most.
        wrapped: Its data key; None where it is in the clear.
    """

    id: str
    chunk_size: int = CHUNK_SIZE
    wrapped: Wrapped | None = None


def to_bytes(description: Description, *, seal: Callable[[bytes], str]) -> bytes:
    """The document, sealed."""
    document = _document(description)
    return _encoded({**document, "seal": seal(_encoded(document))})


def from_bytes(data: bytes, *, where: str) -> Description:
    """What such a document says. Whether it may be believed, `require_sealed` says.

    Raises:
        Damaged: It is none.
    """
    try:
        document = json.loads(data)
        if not isinstance(document, dict):
            raise ValueError("no document")
        if document.get("version") != VERSION:
            raise _damaged(where, found=f"version {str(document.get('version'))[:20]!r}")
        return _read(document)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(where, found=type(error).__name__) from error


def require_sealed(data: bytes, *, seal: Callable[[bytes], str], where: str) -> None:
    """Refuses a document, read before, that nobody with the repository's keys has sealed.

    Raises:
        Tampered: The seal is another's.
    """
    document = json.loads(data)
    found = document.pop("seal", None)
    if found != seal(_encoded(document)):
        raise Tampered(
            f"{where} was changed, or is of another repository",
            found="a wrong seal",
            expected="the one that it was created with",
            next_step="put back the document from the copy or an older version of it",
        )


def _document(description: Description) -> dict[str, Any]:
    wrapped = description.wrapped
    encryption = None
    if wrapped is not None:
        encryption = {
            "algorithm": ALGORITHM,
            "key": {"kind": wrapped.kind, "id": wrapped.id},
            "wrapped": base64.b64encode(wrapped.key).decode(),
        }
    return {
        "version": VERSION,
        "id": description.id,
        "chunk_size": description.chunk_size,
        "encryption": encryption,
    }


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"


def _read(document: dict[str, Any]) -> Description:
    id, size = _text(document["id"]), document["chunk_size"]
    if _ID.fullmatch(id) is None or type(size) is not int or size not in _CHUNK_SIZES:
        raise ValueError("no id, or no size of chunks")
    encryption = document["encryption"]
    if encryption is None:
        return Description(id, size)
    if encryption["algorithm"] != ALGORITHM:
        raise ValueError("an unknown algorithm")
    try:
        key = base64.b64decode(_text(encryption["wrapped"]), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    place = encryption["key"]
    return Description(id, size, Wrapped(_text(place["kind"]), _text(place["id"]), key))


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT:
        raise ValueError("no text")
    return value


def _damaged(where: str, *, found: str) -> Damaged:
    return Damaged(
        f"{where} does not describe a repository that this version can read",
        found=found,
        expected=f"a document of version {VERSION}",
        next_step="put back the document from the copy or an older version of it",
    )
