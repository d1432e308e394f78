"""Which partitions a listing shows as not whole yet: without their marker, or just written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from reconcile.errors import NotFound
from reconcile.history.sync_plan import hidden
from reconcile.jobs.snapshots.origin import Origin
from reconcile.model.dataset import Ready
from reconcile.model.objects import ObjectInfo
from reconcile.stores.protocol import ContainerMissing


@dataclass
class _Folder:
    has_marker: bool = False
    written_at: datetime | None = None


@dataclass
class Partitions:
    """The folders of windows in which a listing has shown an object.

    A partition that is gone from the origin shows none, and is waited for by nobody.

    Attributes:
        origin: What is listed.
        ready: When a partition counts as whole; None is always.
    """

    origin: Origin
    ready: Ready | None
    _folders: dict[str, _Folder] = field(default_factory=dict)

    def seen(self, listing: Iterable[ObjectInfo]) -> Iterator[ObjectInfo]:
        """The listing as it comes, looked at on the way."""
        if self.ready is None:
            yield from listing
            return
        for info in listing:
            self._see(info, self.ready)
            yield info

    def unready(self, *, now: datetime) -> dict[str, str]:
        """The folders that are not whole at a time, each with the reason."""
        if self.ready is None:
            return {}
        reasons: dict[str, str] = {}
        for folder, found in sorted(self._folders.items()):
            reason = self._reason(folder, found, self.ready, now)
            if reason is not None:
                reasons[folder] = reason
        return reasons

    def _see(self, info: ObjectInfo, ready: Ready) -> None:
        folder = self.origin.partition_of(info.name)
        if folder is None:
            return
        known = self._folders.setdefault(folder, _Folder())
        if info.name == f"{folder}{ready.marker}":
            known.has_marker = True
        if info.modified is not None:
            known.written_at = max(info.modified, known.written_at or info.modified)

    def _reason(self, folder: str, found: _Folder, ready: Ready, now: datetime) -> str | None:
        if ready.marker is not None:
            there = found.has_marker or self._hidden_marker(folder, ready.marker)
            return None if there else f"{folder} has no {ready.marker}"
        if ready.quiet_for is None or found.written_at is None:
            return None
        if now - found.written_at < ready.quiet_for:
            return f"{folder} was written to at {found.written_at:%Y-%m-%dT%H:%M:%SZ}"
        return None

    def _hidden_marker(self, folder: str, marker: str) -> bool:
        """Whether a marker that no listing of ours shows, since it is hidden, is there."""
        if not hidden(marker, size=1):
            return False
        try:
            self.origin.store.head(self.origin.full_name(folder + marker))
        except ContainerMissing:
            raise
        except NotFound:
            return False
        return True
