"""Manifests in a repository: each written once, last of all that a snapshot is."""

from __future__ import annotations

import threading
from contextlib import nullcontext

from reconcile.errors import AlreadyExists, BadInput, Damaged, NotFound
from reconcile.model.snapshot import Manifest
from reconcile.repository import layout
from reconcile.repository.creation import created, lying
from reconcile.repository.repository import Repository
from reconcile.snapshots.manifest import LARGEST_MANIFEST, digest_of, from_bytes, to_bytes

_LARGE = 4 * 1024**2
ALONE = threading.Lock()
"""Large ones are taken apart one at a time: a hostile one takes many times its size meanwhile."""


def write(repository: Repository, manifest: Manifest) -> str:
    """Writes a manifest, create-only. The very same one may be written again.

    Returns:
        What the ledger names it by.

    Raises:
        AlreadyExists: Another manifest has its id.
        BadInput: Nobody could read it again.
        Transient, CutShort: The store does not say whether it is there.
    """
    name = layout.manifest(manifest.dataset, manifest.id)
    data = _readable(repository, manifest)
    if created(repository.store, name, data, largest=LARGEST_MANIFEST) != data:
        raise AlreadyExists(
            f"another snapshot {manifest.id} of {manifest.dataset} is in the repository",
            next_step="leave the id out, and a new one is made",
        )
    return digest_of(manifest)


def read(repository: Repository, dataset: str, id: str) -> Manifest:
    """A manifest, proven by its seal.

    Raises:
        NotFound: There is none of that id.
        Damaged: It cannot be read.
        Tampered: It was changed, or is another snapshot's.
    """
    data = lying(repository.store, layout.manifest(dataset, id), largest=LARGEST_MANIFEST)
    if data is None:
        raise NotFound(
            f"snapshot {id} of {dataset} is not in {repository.store.root}",
            next_step=f"see those that are: reconcile snapshot list {dataset}",
        )
    with ALONE if len(data) > _LARGE else nullcontext():
        return from_bytes(data, dataset=dataset, id=id, seal=repository.seal)


def digest(repository: Repository, dataset: str, id: str) -> str:
    """What the ledger names the manifest by that lies there. Raises what `read` raises."""
    return digest_of(read(repository, dataset, id))


def ids(repository: Repository, dataset: str) -> tuple[str, ...]:
    """The ids of a dataset's snapshots whose manifests are there, in order; no strangers."""
    return tuple(id for _, id in _named(repository, layout.manifests(dataset)))


def everything(repository: Repository) -> tuple[tuple[str, str], ...]:
    """Dataset and id of every manifest that is there, in order; no strangers."""
    return _named(repository, layout.SNAPSHOTS)


def remove(repository: Repository, dataset: str, id: str) -> None:
    """Removes a manifest; one that is gone is no error."""
    repository.store.delete(layout.manifest(dataset, id))


def _readable(repository: Repository, manifest: Manifest) -> bytes:
    """The manifest as it is written, if it can be read again: no prune removes anything beside
    one that cannot."""
    try:
        data = to_bytes(manifest, repository.seal)
        from_bytes(data, dataset=manifest.dataset, id=manifest.id, seal=repository.seal)
    except (Damaged, ValueError) as error:
        raise BadInput(
            f"snapshot {manifest.id} of {manifest.dataset} cannot be written down",
            found=error.what if isinstance(error, Damaged) else str(error),
            expected="a manifest that can be read again",
            next_step="shorten its tags, and leave out what is no text",
        ) from error
    return data


def _named(repository: Repository, prefix: str) -> tuple[tuple[str, str], ...]:
    found = (layout.manifest_of(info.name) for info in repository.store.list(prefix))
    return tuple(sorted(one for one in found if one is not None))
