"""Content of a repository: chunks, and segments, each under the checksum of what it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple, cast

from reconcile.errors import Damaged, NotFound
from reconcile.model.snapshot import Chunk, Segment
from reconcile.repository import layout
from reconcile.repository.description import LARGEST_CHUNK
from reconcile.repository.layout import Kind
from reconcile.repository.repository import Repository
from reconcile.stores.protocol import ContainerMissing

_LARGEST = {Kind.CHUNK: LARGEST_CHUNK, Kind.SEGMENT: 256 * 1024**2}
"""Bytes; nothing that is larger was written by us, and so much fits in memory."""


class Content(NamedTuple):
    """What was read.

    Attributes:
        data: The bytes.
        sha256: Their SHA-256, which an object of one chunk needs not compute again.
    """

    data: bytes
    sha256: bytes


def put_chunk(repository: Repository, data: bytes, *, sha256: bytes | None = None) -> Chunk:
    """Stores a chunk, whether or not it is there: ask `Present` first.

    Safe from many threads, also for the same content: whoever comes last leaves as good a one.

    Args:
        repository: Where to.
        data: 1 byte to `repository.chunk_size`.
        sha256: Its SHA-256, where the caller has computed it already.

    Raises:
        ValueError: It is empty, or larger than a chunk.
    """
    if not 0 < len(data) <= repository.chunk_size:
        raise ValueError(f"{len(data)} bytes are no chunk")
    return Chunk(_put(repository, Kind.CHUNK, data, sha256), len(data))


def read_chunk(repository: Repository, chunk: Chunk) -> bytes:
    """The bytes of a chunk, proven to be those that were stored.

    Raises:
        Damaged: It is absent, cut short, or something else.
    """
    return read_content(repository, chunk).data


def read_content(repository: Repository, chunk: Chunk) -> Content:
    """As `read_chunk`, with the SHA-256 that was computed to prove it."""
    return _read(repository, Kind.CHUNK, chunk.id, chunk.size)


def is_there(repository: Repository, chunk: Chunk) -> bool:
    """Whether a chunk lies there with the right size, as the store says when it is asked for it."""
    try:
        info = repository.store.head(layout.content(Kind.CHUNK, chunk.id))
    except ContainerMissing:
        raise
    except NotFound:
        return False
    return info.size == chunk.size + repository.overhead


def put_segment(repository: Repository, data: bytes) -> tuple[str, int]:
    """Stores an encoded segment; gives its id and its size in bytes."""
    return _put(repository, Kind.SEGMENT, data, None), len(data)


def read_segment(repository: Repository, segment: Segment) -> bytes:
    """The encoded bytes of a segment, proven to be those that were stored.

    Raises:
        Damaged: It is absent, cut short, or something else.
    """
    return _read(repository, Kind.SEGMENT, segment.id, segment.size).data


def segment_id(repository: Repository, data: bytes) -> str:
    """The id that an encoded segment has, stored or not."""
    return repository.chunk_id(data)


def pieces(size: int, chunk_size: int) -> Iterator[tuple[int, int]]:
    """The start and length of each chunk of an object of a size, in order."""
    for start in range(0, size, chunk_size):
        yield start, min(chunk_size, size - start)


def _put(repository: Repository, kind: Kind, data: bytes, sha256: bytes | None) -> str:
    digest = hashlib.sha256(data).digest() if sha256 is None else sha256
    id = repository.id_of_sha256(digest)
    name = layout.content(kind, id)
    if repository.cipher is None:
        repository.store.put(name, data)
        return id
    encrypted = repository.cipher.encrypted(data, bound_to=id)
    # A file is written from wherever the bytes lie; a service is sent bytes that cannot change.
    local = repository.store.path_of(name) is not None
    repository.store.put(name, cast("bytes", encrypted) if local else bytes(encrypted))
    return id


def _read(repository: Repository, kind: Kind, id: str, size: int) -> Content:
    try:
        return _read_once(repository, kind, id, size)
    except Damaged:
        # It may have been changed on the way: damage is what is found twice.
        return _read_once(repository, kind, id, size)


def _read_once(repository: Repository, kind: Kind, id: str, size: int) -> Content:
    name, stored = layout.content(kind, id), size + repository.overhead
    where = f"{repository.store.root}/{name}"
    if not 0 < size <= _LARGEST[kind]:
        raise _damaged(where, found=f"a size of {size} bytes", expected=f"1 to {_LARGEST[kind]}")
    try:
        # One byte more than is expected, so that it shows, and not all of what is far too large.
        data = repository.store.get(name, length=stored + 1)
    except ContainerMissing:
        raise
    except NotFound as error:
        raise _damaged(where, found="nothing", expected=f"{stored} bytes") from error
    if len(data) != stored:
        found = f"more than {stored} bytes" if len(data) > stored else f"{len(data)} bytes"
        raise _damaged(where, found=found, expected=f"{stored} bytes")
    if repository.cipher is not None:
        data = repository.cipher.decrypted(data, bound_to=id, where=where)
    digest = hashlib.sha256(data).digest()
    if repository.id_of_sha256(digest) != id:
        raise _damaged(where, found="other content", expected="what it is named after")
    return Content(data, digest)


def _damaged(where: str, *, found: str, expected: str) -> Damaged:
    return Damaged(
        f"{where} is not what was stored",
        found=found,
        expected=expected,
        next_step="restore it from the copy, or create a snapshot, which writes it again",
    )
