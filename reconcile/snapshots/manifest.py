"""A snapshot's manifest as bytes, and back again from bytes of unknown origin.

It is JSON that people can read, in the clear also in an encrypted repository, and sealed: with a
digest, or in an encrypted repository with a code that nobody gives who has not its key.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

from reconcile.errors import BadInput, Tampered
from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import Consistency, Manifest, Segment
from reconcile.snapshots.document import MOST, Fields, canonical, instant_text
from reconcile.snapshots.names import check_snapshot_id, names_problem
from reconcile.snapshots.segments import LARGEST, MOST_OBJECTS

Seal = Callable[[bytes], str]
"""What seals bytes: 64 hexadecimal digits, a digest or a code of a key."""

LARGEST_MANIFEST = 32 * 1024**2
"""Bytes of a manifest."""

_VERSION = 1
_MOST_SEGMENTS = 200_000


def to_bytes(manifest: Manifest, seal: Seal) -> bytes:
    """A manifest as it is written, the same bytes for the same manifest and seal."""
    document = _document(manifest)
    return canonical({**document, "seal": seal(canonical(document))}) + b"\n"


def digest_of(manifest: Manifest) -> str:
    """What the ledger names a manifest by: SHA-256 of what it says, without its seal."""
    return sha256(canonical(_document(manifest))).hexdigest()


def from_bytes(data: bytes, *, dataset: str, id: str, seal: Seal) -> Manifest:
    """A manifest that was read.

    Args:
        data: Its bytes.
        dataset: Whose it is, by where it lay.
        id: Its id, by where it lay.
        seal: The repository's.

    Raises:
        Damaged: It is none that was ever written.
        Tampered: Its seal is wrong, or it is another snapshot's.
    """
    where = f"the manifest of snapshot {id}"
    fields = Fields.of(data, where, largest=LARGEST_MANIFEST)
    sealed = fields.hexadecimal("seal")
    if not hmac.compare_digest(sealed, seal(canonical(fields.rest()))):
        raise Tampered(
            f"{where} is not what was written",
            found="another seal",
            next_step="take the snapshot for lost, restore an older one, and find out who wrote",
        )
    manifest = _manifest(fields)
    if (manifest.dataset, manifest.id) != (dataset, id):
        raise Tampered(
            f"{where} of {dataset} is another snapshot's",
            found=f"that of {manifest.id} of {manifest.dataset}",
            next_step="take the snapshot for lost, restore an older one, and find out who wrote",
        )
    return manifest


def _document(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "id": manifest.id,
        "dataset": manifest.dataset,
        "repository": manifest.repository,
        "side": manifest.side.value,
        "location": manifest.location,
        "started_at": instant_text(manifest.started_at),
        "taken_at": instant_text(manifest.taken_at),
        "span": None if manifest.span is None else list(manifest.span),
        "consistency": manifest.consistency.value,
        "reasons": list(manifest.reasons),
        "tags": list(manifest.tags),
        "new_bytes": manifest.new_bytes,
        "segments": [
            [one.id, one.size, one.objects, one.bytes, one.rows, one.first, one.last]
            for one in manifest.segments
        ],
    }


def _manifest(fields: Fields) -> Manifest:
    fields.number("version", least=_VERSION, most=_VERSION)
    id = fields.text("id", longest=160)
    try:
        check_snapshot_id(id)
    except BadInput as error:
        raise fields.problem("id", id, "a snapshot's id") from error
    manifest = Manifest(
        id=id,
        dataset=fields.text("dataset"),
        repository=fields.text("repository"),
        side=fields.kind("side", Side),
        location=fields.text("location"),
        started_at=fields.instant("started_at"),
        taken_at=fields.instant("taken_at"),
        span=_span(fields),
        consistency=fields.kind("consistency", Consistency),
        reasons=fields.texts("reasons"),
        tags=fields.texts("tags"),
        new_bytes=fields.number("new_bytes"),
        segments=_segments(fields),
    )
    fields.end()
    return manifest


def _span(fields: Fields) -> tuple[str, str] | None:
    if fields.is_null("span"):
        return None
    first_and_last = fields.texts("span", most=2, longest=40)
    if len(first_and_last) != 2 or any("\0" in one for one in first_and_last):
        raise fields.problem("span", list(first_and_last), "a first and a last window")
    return first_and_last[0], first_and_last[1]


def _segments(fields: Fields) -> tuple[Segment, ...]:
    rows = fields.items("segments", most=_MOST_SEGMENTS)
    segments = tuple(_segment(fields, row) for row in rows)
    names = [name for one in segments for name in (one.first, one.last)]
    problem = names_problem(names)
    if problem is None and not _is_in_order(segments):
        problem = "the names are not in order"
    totals = (sum(one.bytes for one in segments), sum(one.rows for one in segments))
    if max(totals) > MOST:
        raise fields.problem("segments", max(totals), f"at most {MOST} bytes and rows in all")
    if problem is not None:
        raise fields.problem("segments", list(rows), f"names below the location: {problem}")
    return segments


def _segment(fields: Fields, row: Any) -> Segment:
    match row:
        case [str(id), int(size), int(objects), int(bytes), int(rows), str(first), str(last)] if (
            len(id) == 64
            and set(id) <= set("0123456789abcdef")
            and 0 < size <= LARGEST
            and 0 < objects <= MOST_OBJECTS
            and bytes >= 0
            and rows >= 0
            and not any(isinstance(one, bool) for one in row)
        ):
            return Segment(id, size, objects, bytes, rows, first, last)
    raise fields.problem("segments", row, "an id, five numbers within bounds and two names")


def _is_in_order(segments: Sequence[Segment]) -> bool:
    within = all((one.first < one.last) == (one.objects > 1) for one in segments)
    single = all(one.first == one.last for one in segments if one.objects == 1)
    return within and single and all(one.last < other.first for one, other in pairwise(segments))
