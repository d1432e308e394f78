"""Where the key lies that wraps a repository's data key, and what is asked of it."""

from __future__ import annotations

from typing import Protocol


class KeyService(Protocol):
    """Wraps the data key of a repository, and unwraps it again.

    Both raise only errors of `reconcile.errors`, none of which quotes a key: `AccessDenied` (it
    may not be used, or is disabled), `NotFound` (it is not there, or was deleted), `BadInput`
    (another key was used for wrapping), `Transient`.
    """

    kind: str
    """`file`, `aws_kms` or `azure_key_vault`."""

    id: str
    """Which key: what the repository says of it, and what errors name."""

    def wrap(self, key: bytes, *, repository: str = "") -> bytes:
        """The data key as only this service can read it; bound to the repository's id."""

    def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
        """The data key that was wrapped, for the same repository.

        Raises:
            BadInput: It was wrapped by another key or for another repository, or was changed.
        """
