"""Uploads that have begun, kept in the state database: a copy's `Journal`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reconcile.model.unfinished import Unfinished
from reconcile.state.unfinished_uploads import UnfinishedUploads


@dataclass(frozen=True)
class StateJournal:
    """The journal of copies, with the clock that the state database asks for."""

    uploads: UnfinishedUploads
    now: Callable[[], datetime]

    def find(self, address: str, name: str) -> Unfinished | None:
        """What was begun of an object of a store; None where nothing was."""
        return self.uploads.find(address, name)

    def keep(self, unfinished: Unfinished) -> None:
        """Keeps how far an upload has come, in place of what was known of it."""
        self.uploads.keep(unfinished, now=self.now())

    def forget(self, address: str, name: str) -> None:
        """Forgets an upload that has ended."""
        self.uploads.forget(address, name)
