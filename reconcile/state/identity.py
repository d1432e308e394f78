"""Identity: what tells a thing from all others, in 32 bytes, however long its names are."""

from __future__ import annotations

import hashlib


def digest(data: bytes) -> bytes:
    """The SHA-256 of some bytes."""
    return hashlib.sha256(data).digest()


def identity(*words: str) -> bytes:
    """The digest of some words, which may be any text; `a, bc` and `ab, c` are two."""
    parts = (word.encode("utf-8", "surrogatepass") for word in words)
    return digest(b"\x00".join(map(digest, parts)))
