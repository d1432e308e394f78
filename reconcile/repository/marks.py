"""Marks: what the first phase of a sweep found to be needed by nobody."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from reconcile.errors import Damaged, NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.repository import layout
from reconcile.repository.layout import Kind
from reconcile.repository.repository import Repository

_TOGETHER = 10_000
"""So much content is marked in one document; a document is read at once."""

_LARGEST = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class Marked:
    """Content that is about to be swept, as it was when it was marked.

    Attributes:
        kind: Chunk or segment.
        id: Its id.
        size: Stored bytes.
        etag: Its tag.
        modified: When it was written, UTC; None where the store does not say.
    """

    kind: Kind
    id: str
    size: int
    etag: str
    modified: datetime | None

    @classmethod
    def of(cls, kind: Kind, id: str, info: ObjectInfo) -> Marked:
        """The mark of what a listing shows."""
        return cls(kind, id, info.size, info.etag, info.modified)

    @property
    def name(self) -> str:
        """Its name in the store."""
        return layout.content(self.kind, self.id)

    def is_still(self, found: ObjectInfo) -> bool:
        """Whether what lies there now is what was marked.

        The same content written again may have the same tag, but not the same time.
        """
        same_time = _second(found.modified) == _second(self.modified)
        return same_time and (found.etag, found.size) == (self.etag, self.size)


@dataclass(frozen=True)
class Mark:
    """What was marked together.

    Attributes:
        id: Of the mark.
        at: When, UTC.
        content: What was marked.
    """

    id: str
    at: datetime
    content: tuple[Marked, ...]


def write(repository: Repository, marked: Iterable[Marked], *, at: datetime) -> tuple[str, ...]:
    """Marks content; gives the ids of the marks, of which each holds some of it."""
    remaining, written = iter(marked), list[str]()
    while content := tuple(islice(remaining, _TOGETHER)):
        id = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}-{len(written):05}"
        data = _to_bytes(Mark(id, at, content))
        repository.store.put(layout.mark(id), data, create_only=True)
        written.append(id)
    return tuple(written)


def read(repository: Repository) -> Iterator[Mark]:
    """All marks, in the order of their ids, one at a time.

    Raises:
        Damaged: One of them cannot be read.
    """
    for info in repository.store.list(layout.MARKS):
        id = layout.mark_of(info.name)
        if id is None:
            continue
        try:
            data = repository.store.get(info.name, length=_LARGEST)
        except NotFound:
            continue  # removed since the listing: it has been swept, or was given up
        yield _from_bytes(data, id=id, where=f"{repository.store.root}/{info.name}")


def ids(repository: Repository) -> frozenset[str]:
    """The ids of all content that is marked: `Present` is not to rely on it.

    Raises:
        Damaged: A mark cannot be read.
    """
    return frozenset(one.id for mark in read(repository) for one in mark.content)


def remove(repository: Repository, id: str) -> None:
    """Removes a mark; one that is gone is no error."""
    repository.store.delete(layout.mark(id))


def _to_bytes(mark: Mark) -> bytes:
    content = [
        [one.kind, one.id, one.size, one.etag, one.modified and one.modified.isoformat()]
        for one in mark.content
    ]
    return json.dumps({"id": mark.id, "at": mark.at.isoformat(), "content": content}).encode()


def _from_bytes(data: bytes, *, id: str, where: str) -> Mark:
    try:
        document: Mapping[str, Any] = json.loads(data)
        if document["id"] != id:
            raise ValueError("another's")
        content = tuple(_marked(*one) for one in document["content"])
        return Mark(id, _moment(document["at"]), content)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, Damaged) as error:
        raise Damaged(
            f"{where} is no mark",
            found=type(error).__name__,
            next_step="remove it: nothing is swept but what a later prune marks anew",
        ) from error


def _marked(kind: str, id: str, size: int, etag: str, modified: str | None) -> Marked:
    if type(size) is not int or not isinstance(etag, str):
        raise ValueError("no size, or no tag")
    layout.content(Kind(kind), id)  # refuses what is no id
    return Marked(Kind(kind), id, size, etag, None if modified is None else _moment(modified))


def _second(moment: datetime | None) -> datetime | None:
    """A service tells the time of an object to the second in one answer, and finer in another."""
    return None if moment is None else moment.replace(microsecond=0)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.astimezone(UTC)
