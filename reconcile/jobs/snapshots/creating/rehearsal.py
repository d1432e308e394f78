"""What a create would do, told without writing anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reconcile.errors import NotFound
from reconcile.jobs.snapshots.creating.basis import basis_of, distrusted, ended_span, refuse_anew
from reconcile.jobs.snapshots.creating.created import Created
from reconcile.jobs.snapshots.creating.partitions import Partitions
from reconcile.jobs.snapshots.creating.passing import lacking_of
from reconcile.jobs.snapshots.loading import loaded
from reconcile.jobs.snapshots.places import repository_lies_at
from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.shelf import Lost, Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject, Segment
from reconcile.model.window import Window
from reconcile.repository.present import Present
from reconcile.snapshots.changes import Rewritten, Unchanged, stretches
from reconcile.stores.protocol import ContainerMissing

_Load = Callable[[Segment], Sequence[SavedObject]]


@dataclass
class _Counted:
    kept: int = 0
    kept_bytes: int = 0
    read: int = 0
    read_bytes: int = 0

    def count(self, stretch: Unchanged | Rewritten, present: Present) -> None:
        items: Iterable[SavedObject | ObjectInfo]
        items = stretch.objects if isinstance(stretch, Unchanged) else stretch.items
        absent = lacking_of(present, [one for one in items if isinstance(one, SavedObject)])
        for item in items:
            if isinstance(item, SavedObject) and not any(c.id in absent for c in item.chunks):
                self.kept, self.kept_bytes = self.kept + 1, self.kept_bytes + item.size
            else:
                self.read, self.read_bytes = self.read + 1, self.read_bytes + item.size


def rehearsed(
    work: SnapshotWork,
    *,
    span: Sequence[Window] | None,
    progress: SnapshotProgress,
    anew: bool = False,
) -> Created:
    """What would be kept and what read; partitions that are not whole are its reasons.

    Raises:
        Tampered: The repository's ledger does not hold together.
        NotFound: There is nothing to save, or the repository is gone.
        BadInput: As `create`.
    """
    begun, now = time.monotonic(), work.setting.now()
    progress.step("listing")
    windows, named = ended_span(work, span, now=now)
    known, load, present = _basis(work, named, anew=anew)
    while True:
        counted, partitions = _Counted(), Partitions(work.origin, work.dataset.ready)
        listing = partitions.seen(work.origin.listed(windows, now=now))
        try:
            for stretch in stretches(listing, known, load):
                counted.count(stretch, present)
            break
        except Lost as lost:
            known = [one for one in known if one.id != lost.segment.id]
    require_objects(work, counted.kept + counted.read)
    return Created(
        id="",
        manifest=None,
        objects=counted.kept + counted.read,
        bytes=counted.kept_bytes + counted.read_bytes,
        kept=counted.kept,
        read=counted.read,
        read_bytes=counted.read_bytes,
        new_bytes=0,
        healed=0,
        reasons=tuple(partitions.unready(now=now).values()),
        notes=(),
        seconds=time.monotonic() - begun,
    )


def require_objects(work: SnapshotWork, objects: int) -> None:
    """Passes where there is anything: an empty snapshot would be kept where a full one is wanted.

    Raises:
        NotFound: There is nothing.
    """
    if objects:
        return
    raise NotFound(
        f"nothing to save at {work.origin.location}",
        found="no object of a window that has ended",
        expected="at least one object",
        next_step="find out what became of it; earlier snapshots are as they were",
    )


def _basis(
    work: SnapshotWork, span: tuple[str, str] | None, *, anew: bool
) -> tuple[list[Segment], _Load, Present]:
    """What is known of the origin, how it is read, and what is there."""
    try:
        repository = work.repository()
    except ContainerMissing:
        raise
    except NotFound:
        if not anew and not repository_lies_at(work.setting, work.rules.repository):
            refuse_anew(work, None)
        return [], lambda _segment: (), Present()
    found = loaded(work, repository)
    found.require_sound()
    if not anew:
        refuse_anew(work, found)
    manifest = basis_of(found, span)
    present = Present.listed(repository, without=distrusted(found.lines), marked=False)
    segments = () if manifest is None else manifest.segments
    known = [one for one in segments if present.has_segment(one)]
    return known, Shelf(repository, present).read, present
