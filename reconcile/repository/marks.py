"""Marks: what the first phase of a sweep found to be needed by nobody."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from reconcile.errors import NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.repository import layout
from reconcile.repository.creation import created
from reconcile.repository.layout import Kind
from reconcile.repository.repository import Repository
from reconcile.snapshots.document import Fields, canonical, instant_text

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
    together = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    remaining, written = iter(marked), list[str]()
    while content := tuple(islice(remaining, _TOGETHER)):
        id = f"{together}-{len(written):05}"
        data = _to_bytes(Mark(id, at, content))
        created(repository.store, layout.mark(id), data, largest=_LARGEST)
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
    """The ids of all content that is marked. Of much, `Present.listed` leaves it out in less.

    Raises:
        Damaged: A mark cannot be read.
    """
    return frozenset(one.id for mark in read(repository) for one in mark.content)


def remove(repository: Repository, id: str) -> None:
    """Removes a mark; one that is gone is no error."""
    repository.store.delete(layout.mark(id))


def _to_bytes(mark: Mark) -> bytes:
    content = [
        {
            "kind": one.kind,
            "id": one.id,
            "size": one.size,
            "etag": one.etag,
            "modified": None if one.modified is None else instant_text(one.modified),
        }
        for one in mark.content
    ]
    return canonical({"id": mark.id, "at": instant_text(mark.at), "content": content})


def _from_bytes(data: bytes, *, id: str, where: str) -> Mark:
    fields = Fields.of(data, where, largest=_LARGEST)
    if (found := fields.text("id")) != id:
        raise fields.problem("id", found, id)
    content = fields.items("content", most=_TOGETHER)
    mark = Mark(id, fields.instant("at"), tuple(_marked(one, where) for one in content))
    fields.end()
    return mark


def _marked(document: Any, where: str) -> Marked:
    fields = Fields(document, where)
    marked = Marked(
        kind=fields.kind("kind", Kind),
        id=fields.hexadecimal("id"),
        size=fields.number("size"),
        etag=fields.text("etag"),
        modified=None if fields.is_null("modified") else fields.instant("modified"),
    )
    fields.end()
    return marked


def _second(moment: datetime | None) -> datetime | None:
    """A service tells the time of an object to the second in one answer, and finer in another."""
    return None if moment is None else moment.replace(microsecond=0)
