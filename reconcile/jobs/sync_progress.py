"""Who is told how a sync goes on."""

from __future__ import annotations

import threading
from typing import Protocol


class SyncProgress(Protocol):
    """Is told of objects and bytes, from several threads."""

    def planned(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are now to be copied or proven."""

    def copied(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are newly done with."""


class Onward:
    """Tells of bytes of objects as they come, and never takes any back.

    Where some have to come again, the others fill the gap first; then it goes on.

    Args:
        progress: Who is told.
    """

    def __init__(self, progress: SyncProgress) -> None:
        self._progress = progress
        self._come = self._told = 0
        self._lock = threading.Lock()

    def moved(self, size: int) -> None:
        """So many bytes have come; a negative number has to come again."""
        with self._lock:
            self._come += size
            news = max(self._come - self._told, 0)
            self._told += news
        if news:
            self._progress.copied(0, news)
