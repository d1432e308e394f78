"""A snapshot's objects in runs that later snapshots share.

A run ends where a hash of a name says so, not after a number of objects: what is inserted or
removed changes one segment, and all behind it stay as they are.

    names      a b c d|e f g|h i j k l|m …        | is a name whose hash ends a segment
    insert x   a b c d|e x f g|h i j k l|m …      one other segment

Encoded, a segment is a table by columns, since a million objects are read at once:

    "segment 1\\n", the length of what follows (4 bytes), JSON of names, sizes, tags … in zlib,
    and behind it the digests, 32 bytes each: all objects' SHA-256, then all chunks' ids.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt, ne
from typing import Any

from reconcile.errors import BadInput, Damaged
from reconcile.model.snapshot import Chunk, SavedObject, Segment
from reconcile.snapshots.columns import damaged, numbers, packed, strings, unless_none
from reconcile.snapshots.document import is_crowded
from reconcile.snapshots.names import names_problem

MOST_OBJECTS = 4096
"""Of a segment."""
MOST_BYTES = 1024**4
"""Of a segment's objects, before the last one of it; very large ones have very many chunks."""
LARGEST = 256 * 1024**2
"""Bytes of an encoded segment."""

_BEGINNING = b"segment 1\n"
_LARGEST_TABLE = 16 * 1024**2
_ONE_IN = 1024
_DIGEST = 32
_COLUMNS = frozenset(
    {"names", "sizes", "etags", "versions", "crc64nvme", "rows", "schemas", "chunks", "chunk_sizes"}
)


def is_end(name: str) -> bool:
    """Whether an object of this name is the last of its segment, whatever else is there."""
    return (zlib.crc32(name.encode()) * 0x9E3779B1 & 0xFFFFFFFF) < 2**32 // _ONE_IN


def is_full(objects: int, bytes: int) -> bool:
    """Whether a segment of so many objects and bytes takes no more."""
    return objects >= MOST_OBJECTS or bytes >= MOST_BYTES


def has_ended(segment: Segment) -> bool:
    """Whether what comes behind a segment belongs to another one."""
    return is_full(segment.objects, segment.bytes) or is_end(segment.last)


def segmented(objects: Iterable[SavedObject]) -> Iterator[tuple[SavedObject, ...]]:
    """Objects in name order, cut into segments."""
    run: list[SavedObject] = []
    size = 0
    for one in objects:
        run.append(one)
        size += one.size
        if is_full(len(run), size) or is_end(one.name):
            yield tuple(run)
            run, size = [], 0
    if run:
        yield tuple(run)


def segment_of(id: str, size: int, objects: Sequence[SavedObject]) -> Segment:
    """What a manifest says of a segment.

    Args:
        id: Of its encoded bytes.
        size: How many these are.
        objects: What it holds, at least one.
    """
    return Segment(
        id=id,
        size=size,
        objects=len(objects),
        bytes=sum([one.size for one in objects]),
        rows=sum([one.rows for one in objects if one.rows is not None]),
        first=objects[0].name,
        last=objects[-1].name,
    )


def encode(objects: Sequence[SavedObject]) -> bytes:
    """A segment as it is stored, the same bytes for the same objects.

    Raises:
        BadInput: A name is none that a snapshot can hold, they are not in order, or an object's
            chunks are not its bytes.
    """
    names = [one.name for one in objects]
    if (problem := _names_problem(names) or _chunks_problem(objects)) is not None:
        raise BadInput("these objects cannot be a segment of a snapshot", found=problem)
    table = {
        "names": names,
        "sizes": [one.size for one in objects],
        "etags": [one.etag for one in objects],
        "versions": packed([one.version for one in objects]),
        "crc64nvme": [one.crc64nvme for one in objects],
        "rows": packed([one.rows for one in objects]),
        "schemas": packed([one.schema for one in objects]),
        "chunks": packed([len(one.chunks) for one in objects]),
        "chunk_sizes": [
            chunk.size for one in objects if len(one.chunks) > 1 for chunk in one.chunks
        ],
    }
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > _LARGEST_TABLE or is_crowded(text):
        raise BadInput(
            "the names of these objects are too long for a segment of a snapshot",
            found=f"{len(text)} bytes for {len(objects)} objects",
            expected=f"at most {_LARGEST_TABLE}",
        )
    table_bytes = zlib.compress(text, 1)
    ids = "".join([chunk.id for one in objects for chunk in one.chunks])
    digests = bytes.fromhex("".join([one.sha256 for one in objects]) + ids)
    return b"".join((_BEGINNING, len(table_bytes).to_bytes(4, "big"), table_bytes, digests))


def decode(data: bytes) -> tuple[SavedObject, ...]:
    """The objects of a segment, in name order, every name one that `names` allows.

    Raises:
        Damaged: It is none; nothing of it is believed.
    """
    table, digests = _halves(data)
    names = strings(table, "names")
    count = len(names)
    if (problem := _names_problem(names)) is not None:
        raise damaged(problem)
    sizes = numbers(table, "sizes", count)
    lengths = numbers(table, "chunks", count)
    hexadecimal = digests.hex()
    if len(digests) != _DIGEST * (count + sum(lengths)):
        raise damaged("digests that are not one of each object and chunk")
    ids = [hexadecimal[at : at + 64] for at in range(0, len(hexadecimal), 64)]
    return tuple(
        map(
            SavedObject,
            names,
            sizes,
            strings(table, "etags", count),
            unless_none(table, "versions", count, str),
            ids,
            strings(table, "crc64nvme", count),
            _chunks(table, ids[count:], sizes, lengths),
            unless_none(table, "rows", count, int),
            unless_none(table, "schemas", count, str),
        )
    )


def opened(segment: Segment, data: bytes) -> tuple[SavedObject, ...]:
    """The objects of a segment, if they are what the manifest says of it.

    Raises:
        Damaged: They are others, or it is none.
    """
    objects = decode(data)
    found = segment_of(segment.id, len(data), objects)
    if found != segment:
        raise Damaged(
            f"segment {segment.id} does not hold what the manifest says",
            found=_told(found),
            expected=_told(segment),
            next_step="verify the repository; restore an older snapshot meanwhile",
        )
    return objects


def _halves(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The table, and the digests behind it."""
    start = len(_BEGINNING) + 4
    if len(data) > LARGEST or len(data) < start or not data.startswith(_BEGINNING):
        raise damaged("another beginning, or another size")
    end = start + int.from_bytes(data[start - 4 : start], "big")
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(data[start:end], _LARGEST_TABLE + 1)
        if end > len(data) or not inflating.eof or inflating.unused_data:
            raise damaged("a table of another length")
        if is_crowded(text):
            raise damaged("a table made of brackets")
        table = json.loads(text.decode(), object_pairs_hook=_unique)
        if b"\\ud" in text or b"\\uD" in text:
            json.dumps(table, ensure_ascii=False).encode()  # half a character is no text
    except (zlib.error, ValueError, RecursionError) as error:
        raise damaged("a table that cannot be read") from error
    if not isinstance(table, dict) or set(table) != _COLUMNS:
        raise damaged("other columns")
    return table, data[end:]


def _chunks(
    table: dict[str, Any], ids: list[str], sizes: list[int], lengths: list[int]
) -> Iterator[tuple[Chunk, ...]]:
    """The chunks of each object, which are its bytes."""
    if max(lengths) <= 1:
        if any(map(ne, map(bool, sizes), lengths)):
            raise damaged("an object without chunks, or an empty one with them")
        if not table["chunk_sizes"] and min(lengths) == 1:
            return zip(map(Chunk, ids, sizes), strict=True)
    many = numbers(table, "chunk_sizes", sum(length for length in lengths if length > 1))
    return iter(_dealt(iter(ids), iter(many), sizes, lengths))


def _dealt(
    ids: Iterator[str], many: Iterator[int], sizes: list[int], lengths: list[int]
) -> list[tuple[Chunk, ...]]:
    dealt = []
    for size, length in zip(sizes, lengths, strict=True):
        parts = islice(many, length) if length > 1 else (size,) * length
        chunks = tuple(map(Chunk, islice(ids, length), parts))
        if sum([chunk.size for chunk in chunks]) != size or not all(c.size for c in chunks):
            raise damaged("chunks that are not the object's bytes")
        dealt.append(chunks)
    return dealt


def _names_problem(names: Sequence[str]) -> str | None:
    if not 0 < len(names) <= MOST_OBJECTS:
        return f"{len(names)} objects"
    if not all(map(lt, names, islice(names, 1, None))):
        return "names that are not in order"
    return names_problem(names)


def _chunks_problem(objects: Sequence[SavedObject]) -> str | None:
    for one in objects:
        if len(one.chunks) == 1:
            fits = one.chunks[0].size == one.size > 0
        else:
            fits = sum([chunk.size for chunk in one.chunks]) == one.size and all(
                chunk.size > 0 for chunk in one.chunks
            )
        if not fits:
            return f"chunks that are not the bytes of {one.name!r}"
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a column is there twice")
    return values


def _told(segment: Segment) -> str:
    return (
        f"{segment.objects} objects of {segment.bytes} bytes from {segment.first!r} to "
        f"{segment.last!r} in {segment.size} bytes"
    )
