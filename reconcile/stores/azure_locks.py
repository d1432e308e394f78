"""Version-level immutability of Blob Storage: what it is asked about it, and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, ContainerClient, ImmutabilityPolicy

from reconcile.errors import AccessDenied
from reconcile.model.snapshot import LockMode, Protection
from reconcile.stores.locks import extended, unprotectable

Asking = Callable[[str], AbstractContextManager[None]]

_MEANS_NO_LOCKS = (400, 405, 409, 501)
"""What the service may answer where a container has no locks: it has no one word for that."""


class ContainerLocks:
    """The locks of a container's blobs, each of its newest version."""

    def __init__(
        self,
        client: ContainerClient,
        blob: Callable[[str], BlobClient],
        *,
        root: str,
        asking: Asking,
        counted: Mapping[str, Any],
    ) -> None:
        self._client = client
        self._blob = blob
        self._root = root
        self._asking = asking
        self._counted = counted
        self._are_kept: bool | None = None

    def of(self, name: str) -> Protection | None:
        """What protects the blob now; None where nothing does.

        Raises:
            NotFound: There is no such blob.
        """
        with self._asking(name):
            found = self._blob(name).get_blob_properties(**self._counted)
        policy = found.immutability_policy
        until = policy.expiry_time if policy is not None else None
        until = None if until is None or until <= datetime.now(UTC) else until.astimezone(UTC)
        is_held = bool(found.has_legal_hold)
        if until is None:
            return Protection(legal_hold=True) if is_held else None
        is_firm = str(policy.policy_mode).lower() == "locked"
        return Protection(until, LockMode.COMPLIANCE if is_firm else LockMode.GOVERNANCE, is_held)

    def set(self, name: str, wanted: Protection) -> Protection:
        """Locks the blob for as long, unless it is locked for longer already.

        Returns:
            What holds now.

        Raises:
            Unprotectable: The container has no version-level immutability.
        """
        present = self.of(name)
        held = extended(present, wanted)
        present = present or Protection()
        if held.until is not None and (held.until, held.mode) != (present.until, present.mode):
            policy = ImmutabilityPolicy(
                expiry_time=held.until,
                policy_mode="Locked" if held.mode is LockMode.COMPLIANCE else "Unlocked",
            )
            with self._telling(name):
                self._blob(name).set_immutability_policy(policy, **self._counted)
        if held.legal_hold and not present.legal_hold:
            self._hold(name, True)
        return held

    def release(self, name: str) -> Protection | None:
        """Ends the blob's legal hold; its lock stays.

        Raises:
            Unprotectable: The container has no version-level immutability.
        """
        present = self.of(name)
        if present is None or not present.legal_hold:
            return present
        self._hold(name, False)
        return None if present.until is None else Protection(present.until, present.mode)

    def in_the_way(self, name: str) -> Protection | None:
        """What keeps the blob from being removed, asked only of a container that has locks.

        Without this a locked blob might seem to go: the service keeps it as an earlier version.
        """
        return self.of(name) if self._has_locks() else None

    def _has_locks(self) -> bool:
        if self._are_kept is None:
            self._are_kept = self._told_of_locks()
        return self._are_kept

    def _told_of_locks(self) -> bool:
        try:
            with self._asking(""):
                found = self._client.get_container_properties(**self._counted)
        except AccessDenied:  # not told: every blob is asked
            return True
        return bool(found.immutable_storage_with_versioning_enabled)

    def _hold(self, name: str, is_held: bool) -> None:
        with self._telling(name):
            self._blob(name).set_legal_hold(is_held, **self._counted)

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        with self._asking(name):
            try:
                yield
            except HttpResponseError as error:
                if error.status_code in _MEANS_NO_LOCKS and not self._has_locks():
                    raise unprotectable(
                        f"{self._root}/{name}",
                        found="a container without version-level immutability",
                    ) from error
                raise
