"""Who is told how a sync goes on."""

from __future__ import annotations

from typing import Protocol


class SyncProgress(Protocol):
    """Is told of objects and bytes, from several threads."""

    def planned(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are now to be copied or proven."""

    def copied(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are newly done with."""
