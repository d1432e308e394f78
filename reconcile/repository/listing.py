"""Listings of what a repository holds, in shares, so that none is long and several run at once."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.model.objects import ObjectInfo
from reconcile.repository import layout
from reconcile.repository.layout import Kind
from reconcile.repository.repository import Repository


def shares(repository: Repository, kind: Kind) -> tuple[str, ...]:
    """The prefixes to list, which together are all chunks or segments, in order.

    A disk is walked folder by folder. A service answers page by page, so few prefixes do.
    """
    local = repository.store.path_of(layout.REPOSITORY) is not None
    return layout.content_folders(kind) if local else layout.content_shares(kind)


def stored(repository: Repository, kind: Kind, share: str) -> Iterator[tuple[str, ObjectInfo]]:
    """Id and object of all content of a share, by id; strangers among it are left out."""
    for info in repository.store.list(share):
        id = layout.content_id(kind, info.name)
        if id is not None:
            yield id, info


def everything(repository: Repository, kind: Kind) -> Iterator[tuple[str, ObjectInfo]]:
    """Id and object of all chunks or all segments, by id."""
    for share in shares(repository, kind):
        yield from stored(repository, kind, share)
