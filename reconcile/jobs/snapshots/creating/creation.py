"""Creating a snapshot of a dataset's side, as it is at one moment."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from reconcile.jobs.host import share_heaps
from reconcile.jobs.snapshots.at_work import at_work
from reconcile.jobs.snapshots.creating.basis import (
    basis_of,
    distrusted,
    ended_span,
    refuse_anew,
    repository_to_save_to,
)
from reconcile.jobs.snapshots.creating.created import Created
from reconcile.jobs.snapshots.creating.passing import Passes
from reconcile.jobs.snapshots.creating.recording import Recorder
from reconcile.jobs.snapshots.creating.rehearsal import rehearsed, require_objects
from reconcile.jobs.snapshots.creating.saving import Saver, Stored
from reconcile.jobs.snapshots.creating.settling import Settled, settled
from reconcile.jobs.snapshots.holding import hold_again
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.progress import SILENT, SnapshotProgress
from reconcile.jobs.snapshots.shelf import Shelf
from reconcile.jobs.snapshots.waiting import wait_for_sweep
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Consistency, LedgerAction, Manifest
from reconcile.model.window import Window
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.repository.running import running
from reconcile.snapshots.names import check_snapshot_id, new_snapshot_id

__all__ = ["Created", "create"]


def create(
    work: SnapshotWork,
    *,
    id: str | None = None,
    span: Sequence[Window] | None = None,
    tags: Sequence[str] = (),
    progress: SnapshotProgress | None = None,
    dry_run: bool = False,
    anew: bool = False,
) -> Created:
    """Saves what lies at the origin. Killed anywhere, the same id again comes to the same end.

    Args:
        work: Of which dataset.
        id: The snapshot's id; a new one if None. One that is there already is given back.
        span: The windows to save; None is all that lies there. One that has not ended is left out.
        tags: What people call it.
        progress: Told of objects and bytes.
        dry_run: Whether it is only said what would be read; nothing is written.
        anew: Whether snapshots begin anew where the repository has none of those that are known.

    Raises:
        Tampered: The repository's ledger does not hold together.
        NotFound: The origin has no object, or none any more; the repository is gone, or has none
            of the snapshots that are known.
        WindowHeld: Another run is at work on the dataset's snapshots.
        Transient: A store does not answer.
    """
    telling = progress or SILENT
    if dry_run:
        return rehearsed(work, span=span, progress=telling, anew=anew)
    share_heaps()
    begun = time.monotonic()
    now, name = work.setting.now(), work.dataset.name
    id = check_snapshot_id(id or new_snapshot_id(name, now, secrets.token_hex(4)))
    windows, named = ended_span(work, span, now=now)
    repository = repository_to_save_to(work, anew=anew)
    showing = running(repository, action=LedgerAction.CREATE, dataset=name, snapshot=id, by=work.by)
    with at_work(work, id) as lease, showing as shown:
        wait_for_sweep(work, repository)
        found = loaded(work, repository)
        found.require_sound()
        if not anew:
            refuse_anew(work, found)
        recorder = Recorder(work, repository, found)
        recorder.require_readable(id)
        recorder.adopt(except_for=id)
        done = next((one for one in found.manifests if one.id == id), None)
        if done is not None:
            return _created(done, None, recorder.recorded(done), time.monotonic() - begun)
        saving = _Saving.prepared(work, repository, found, telling)
        saved = saving.saved(basis_of(found, named), windows)
        require_objects(work, saved.objects)
        lease.check()
        shown.require_running()
        telling.step("writing down")
        manifest = recorder.written(
            Manifest(
                id=id,
                dataset=name,
                repository=repository.id,
                side=work.origin.side,
                location=str(work.origin.location),
                started_at=saved.started_at,
                taken_at=saved.taken_at,
                segments=saved.segments,
                span=named,
                consistency=(Consistency.INCONSISTENT if saved.reasons else Consistency.CONSISTENT),
                reasons=saved.reasons,
                tags=tuple(dict.fromkeys(tags)),
                new_bytes=saving.stored.bytes,
            )
        )
        notes = recorder.recorded(manifest, healed=saving.stored.healed)
        if saved.healed or saving.stored.healed:
            notes += hold_again(work, repository, found)
    return _created(manifest, saved, notes, time.monotonic() - begun)


@dataclass(frozen=True)
class _Saving:
    work: SnapshotWork
    repository: Repository
    present: Present
    stored: Stored
    progress: SnapshotProgress

    @classmethod
    def prepared(
        cls, work: SnapshotWork, repository: Repository, found: Loaded, progress: SnapshotProgress
    ) -> _Saving:
        """Learns what the repository has. Whoever sweeps it sees by now that we rely on that."""
        progress.step("listing")
        damaged = distrusted(found.lines)
        present = Present.listed(repository, without=damaged, marked=False)
        return cls(work, repository, present, Stored(damaged), progress)

    def saved(self, basis: Manifest | None, windows: Sequence[Window] | None) -> Settled:
        """What was saved of the origin."""
        segments = () if basis is None else basis.segments
        known = [one for one in segments if self.present.has_segment(one)]
        with Lanes.open(
            piece_size=self.repository.chunk_size,
            parallel=self.work.rules.limits.parallel,
            interrupted=self.work.stop,
        ) as lanes:
            saver = Saver(
                self.work.origin,
                self.repository,
                self.present,
                lanes.pieces,
                self.stored,
                on_bytes=lambda size: self.progress.done(0, size),
            )
            shelf = Shelf(self.repository, self.present)
            self.progress.step("saving")
            passes = Passes(self.work, windows, saver, shelf, lanes, self.progress)
            found = settled(passes, basis, known)
        self.stored.require_all()
        return found


def _created(
    manifest: Manifest, saved: Settled | None, notes: tuple[str, ...], seconds: float
) -> Created:
    read, read_bytes, healed = (
        (0, 0, 0) if saved is None else (saved.read, saved.read_bytes, saved.healed)
    )
    return Created(
        id=manifest.id,
        manifest=manifest,
        objects=manifest.objects,
        bytes=manifest.bytes,
        kept=max(0, manifest.objects - read),
        read=read,
        read_bytes=read_bytes,
        new_bytes=manifest.new_bytes,
        healed=healed,
        reasons=manifest.reasons,
        notes=notes,
        seconds=seconds,
    )
