"""Manifests in a repository: each written once, last of all that a snapshot is."""

from __future__ import annotations

from reconcile.model.snapshot import Manifest
from reconcile.repository.repository import Repository


def write(repository: Repository, manifest: Manifest) -> str:
    """Writes a manifest, create-only. The very same one may be written again.

    Returns:
        The SHA-256 of its document, hexadecimal, as the ledger records it.

    Raises:
        AlreadyExists: Another manifest has its id.
    """
    raise NotImplementedError


def read(repository: Repository, dataset: str, id: str) -> Manifest:
    """A manifest, proven by its seal.

    Raises:
        NotFound: There is none of that id.
        Damaged: It cannot be read.
        Tampered: It was changed, or is another snapshot's.
    """
    raise NotImplementedError


def digest(repository: Repository, dataset: str, id: str) -> str:
    """The SHA-256 of a manifest's document as it lies there, hexadecimal.

    Raises:
        NotFound: There is none of that id.
    """
    raise NotImplementedError


def ids(repository: Repository, dataset: str) -> tuple[str, ...]:
    """The ids of a dataset's snapshots whose manifests are there, in order."""
    raise NotImplementedError


def everything(repository: Repository) -> tuple[tuple[str, str], ...]:
    """Dataset and id of every manifest that is there, in order."""
    raise NotImplementedError


def remove(repository: Repository, dataset: str, id: str) -> None:
    """Removes a manifest; one that is gone is no error."""
    raise NotImplementedError
