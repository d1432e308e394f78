"""Who is told how the work on snapshots goes on."""

from __future__ import annotations

from typing import Protocol


class SnapshotProgress(Protocol):
    """Is told of steps, objects and bytes, from several threads."""

    def step(self, word: str) -> None:
        """What is done from now on, as a word for people: `listing`, `saving`, `checking`."""

    def planned(self, objects: int, size: int) -> None:
        """So many more objects, of so many bytes together, are to be done."""

    def done(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are newly done with."""


class Silent:
    """Tells nobody."""

    def step(self, word: str) -> None:
        """Nothing."""

    def planned(self, objects: int, size: int) -> None:
        """Nothing."""

    def done(self, objects: int, size: int) -> None:
        """Nothing."""


SILENT: SnapshotProgress = Silent()
