"""What a repository says of itself: its one document beside its content."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconcile.errors import Tampered
from reconcile.model.snapshot import CHUNK_SIZE
from reconcile.snapshots.document import Fields, canonical

VERSION = 1
ALGORITHM = "AES-256-GCM"
LARGEST = 64 * 1024
"""Bytes that such a document has at most."""

SMALLEST_CHUNK = 1024
LARGEST_CHUNK = 64 * 1024**2

_ID = re.compile(r"[0-9a-f]{32}")


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
    return canonical({**document, "seal": seal(canonical(document))})


def from_bytes(data: bytes, *, where: str) -> Description:
    """What such a document says. Whether it may be believed, `require_sealed` says.

    Raises:
        Damaged: It is none, or of a version that is not known here.
    """
    fields = Fields.of(data, where, largest=LARGEST)
    fields.number("version", least=VERSION, most=VERSION)
    fields.hexadecimal("seal")
    id = fields.text("id", longest=32)
    if _ID.fullmatch(id) is None:
        raise fields.problem("id", id, "32 hexadecimal digits")
    size = fields.number("chunk_size", least=SMALLEST_CHUNK, most=LARGEST_CHUNK)
    encryption = None if fields.is_null("encryption") else fields.mapping("encryption")
    fields.end()
    return Description(id, size, None if encryption is None else _wrapped(encryption, where))


def require_sealed(data: bytes, *, seal: Callable[[bytes], str], where: str) -> None:
    """Refuses a document, read before, that nobody with the repository's keys has sealed.

    Raises:
        Tampered: The seal is another's.
    """
    fields = Fields.of(data, where, largest=LARGEST)
    found = fields.hexadecimal("seal")
    if not hmac.compare_digest(found, seal(canonical(fields.rest()))):
        raise Tampered(
            f"{where} was changed, or is of another repository",
            found="a wrong seal",
            expected="the one that it was created with",
            next_step="put back the document from the copy or an older version of it",
        )


def _document(description: Description) -> dict[str, Any]:
    wrapped, encryption = description.wrapped, None
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


def _wrapped(encryption: dict[str, Any], where: str) -> Wrapped:
    fields = Fields(encryption, f"the encryption of {where}")
    if (algorithm := fields.text("algorithm")) != ALGORITHM:
        raise fields.problem("algorithm", algorithm, ALGORITHM)
    key = Fields(fields.mapping("key"), f"the key of {where}")
    text = fields.text("wrapped", longest=16 * 1024)
    fields.end()
    try:
        wrapped = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise fields.problem("wrapped", text, "base64") from error
    place = Wrapped(key.text("kind"), key.text("id"), wrapped)
    key.end()
    return place
