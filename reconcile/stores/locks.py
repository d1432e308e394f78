"""What stores have in common about objects that may not be changed or removed for a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta

from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import LockMode, Protection
from reconcile.stores.protocol import Locked, Unprotectable


def extended(present: Protection | None, wanted: Protection) -> Protection:
    """What shall hold where something holds already: the later end, the firmer mode, any hold.

    It ends on a full second, the next one, since services know no others.
    """
    if wanted.until is not None and wanted.until.microsecond:
        whole = wanted.until.replace(microsecond=0) + timedelta(seconds=1)
        wanted = replace(wanted, until=whole)
    if present is None:
        return wanted
    untils = [until for until in (present.until, wanted.until) if until is not None]
    locks = [lock.mode for lock in (present, wanted) if lock.until is not None]
    return Protection(
        until=max(untils, default=None),
        mode=LockMode.COMPLIANCE if LockMode.COMPLIANCE in locks else LockMode.GOVERNANCE,
        legal_hold=present.legal_hold or wanted.legal_hold,
    )


class NeverLocked(ABC):
    """A store that cannot lock objects."""

    root: str

    @abstractmethod
    def head(self, name: str) -> ObjectInfo:
        """One object."""

    def protection(self, name: str) -> Protection | None:
        """None: nothing here is ever locked."""
        self.head(name)
        return None

    def protect(self, name: str, protection: Protection) -> Protection:  # noqa: ARG002
        """Never.

        Raises:
            Unprotectable: Always, of an object that is there.
        """
        raise self._unprotectable(name)

    def release(self, name: str) -> Protection | None:
        """Never.

        Raises:
            Unprotectable: Always, of an object that is there.
        """
        raise self._unprotectable(name)

    def _unprotectable(self, name: str) -> Unprotectable:
        self.head(name)
        return unprotectable(f"{name} in {self.root}", found="a store without locks")


def unprotectable(where: str, *, found: str) -> Unprotectable:
    """The store cannot keep an object from being changed or removed."""
    return Unprotectable(
        f"{where} cannot be locked",
        found=found,
        expected="a bucket with Object Lock, or a container with version-level immutability",
        next_step="make the repository in one of these, or take `lock` out of the dataset's file",
    )


def locked(where: str, protection: Protection | None = None) -> Locked:
    """What should go is locked, by what is known of its protection."""
    return Locked(
        f"{where} is locked",
        found=_told(protection),
        expected="an object that may be removed",
        next_step="wait for the end of the lock, or have the hold released",
    )


def _told(protection: Protection | None) -> str:
    if protection is None:
        return "a lock, or a legal hold"
    parts = ["a legal hold"] if protection.legal_hold else []
    if protection.until is not None:
        parts.append(f"a lock until {protection.until:%Y-%m-%d %H:%M:%S} UTC")
    return " and ".join(parts)
