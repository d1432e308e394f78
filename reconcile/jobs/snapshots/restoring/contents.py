"""What is to be restored: a snapshot's objects, of some windows or all, in name order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconcile.errors import BadInput, Damaged
from reconcile.jobs.snapshots.origin import Origin
from reconcile.model.snapshot import Manifest, SavedObject
from reconcile.model.window import Window
from reconcile.repository.chunks import read_segment
from reconcile.repository.repository import Repository
from reconcile.snapshots.segments import opened


@dataclass(frozen=True)
class Contents:
    """Objects of a snapshot.

    Attributes:
        repository: Where it lies.
        manifest: The snapshot.
        folders: Of the windows that are wanted, in order; None is everything.
    """

    repository: Repository
    manifest: Manifest
    folders: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        repository: Repository,
        manifest: Manifest,
        origin: Origin,
        span: Sequence[Window] | None,
    ) -> Contents:
        """The contents of some windows.

        Raises:
            BadInput: Windows have no folders of their own.
        """
        if span is None:
            return cls(repository, manifest)
        folders = sorted({origin.folder(window) for window in span})
        return cls(repository, manifest, tuple(folders))

    def objects(self) -> Iterator[SavedObject]:
        """The objects, read segment by segment.

        Raises:
            Damaged: A segment is not what was stored.
            BadInput: The snapshot holds nothing of the windows.
        """
        found = False
        for segment in self.manifest.segments:
            if not self._may_hold(segment.first, segment.last):
                continue
            try:
                objects = opened(segment, read_segment(self.repository, segment))
            except Damaged as error:
                raise type(error)(
                    f"snapshot {self.manifest.id} cannot be restored: {error.what}",
                    found=error.found,
                    expected=error.expected,
                    next_step="restore another snapshot, or this one from the copy",
                ) from error
            for saved in objects:
                if self.folders is None or saved.name.startswith(self.folders):
                    found = True
                    yield saved
        if not found and self.folders is not None:
            raise BadInput(
                f"snapshot {self.manifest.id} holds nothing of these windows",
                found=f"no object below {', '.join(self.folders[:3])}",
                next_step="name other windows, or another snapshot",
            )

    def wants(self, name: str) -> bool:
        """Whether an object of this name would be among them, were it in the snapshot."""
        return self.folders is None or name.startswith(self.folders)

    def _may_hold(self, first: str, last: str) -> bool:
        if self.folders is None:
            return True
        return any(folder <= last and first < f"{folder}\U0010ffff" for folder in self.folders)
