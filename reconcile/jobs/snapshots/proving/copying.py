"""Copying a snapshot to the second repository, proven equal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from reconcile.errors import AlreadyExists, BadInput, Damaged, NotFound, Tampered
from reconcile.jobs.host import share_heaps
from reconcile.jobs.snapshots.at_work import at_work
from reconcile.jobs.snapshots.creating.recording import remember
from reconcile.jobs.snapshots.holding import hold_again, hold_copy
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.locking import kept, lock
from reconcile.jobs.snapshots.progress import SILENT, SnapshotProgress
from reconcile.jobs.snapshots.proving.carrying import Carrier
from reconcile.jobs.snapshots.proving.verification import verify
from reconcile.jobs.snapshots.proving.verified import Verification
from reconcile.jobs.snapshots.waiting import wait_for_sweep
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, Manifest, RepositoryPlace, Standing
from reconcile.repository import manifests
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.repository.running import Work, running
from reconcile.snapshots.document import instant_text
from reconcile.snapshots.manifest import digest_of
from reconcile.snapshots.names import check_snapshot_id


@dataclass(frozen=True)
class Copied:
    """What came of a copy.

    Attributes:
        id: The snapshot's.
        to: Where the second repository lies.
        objects: How many objects it holds.
        bytes: Their bytes.
        new_bytes: Bytes of content that the second repository did not have.
        already: Whether it was there already.
        notes: What could not be done and does no harm, such as locks where a store has none.
        seconds: How long it took.
    """

    id: str
    to: str
    objects: int
    bytes: int
    new_bytes: int
    already: bool
    notes: tuple[str, ...]
    seconds: float


def copy(
    work: SnapshotWork, *, id: str | None = None, progress: SnapshotProgress | None = None
) -> Copied:
    """Copies a snapshot to the second repository, and verifies it there.

    All content is proven to be there; the share of it that the dataset's rules say is read back.

    Args:
        work: Of which dataset.
        id: Which snapshot; None is the newest good one.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no such snapshot, or none that is good.
        Damaged: What is to be copied is not what was saved.
        Tampered: A ledger does not hold together.
        WindowHeld: Another run is at work on the dataset's snapshots.
    """
    share_heaps()
    begun, telling = time.monotonic(), progress or SILENT
    place = work.copy_place
    source, second = work.repository(), work.copy_repository(create=True)
    _refuse_smaller(source, second, place)
    with at_work(work, f"copy-{id or 'newest'}"):
        found, there = loaded(work, source), loaded(work, second)
        for one in (found, there):
            one.require_sound()
        standing = _chosen(found, id)
        manifest = standing.manifest
        with _shown(work, source, manifest), _shown(work, second, manifest) as shown:
            wait_for_sweep(work, second)
            telling.step("listing")
            carrier = Carrier.prepared(source, second, there)
            telling.step("copying")
            segments = carrier.carried(work, manifest, telling)
            shown.require_running()
            telling.step("writing down")
            copied = _written(second, replace(manifest, segments=segments))
            told = _told(standing, copied, to=second.id, size=carrier.new_bytes)
            for repository, known in ((second, there), (source, found)):
                _tell(work, repository, known, copied, told)
        notes = lock(work, second, place, kept(work, remember(work, second)))
        if carrier.new_bytes:
            notes += hold_again(work, second, there)
        notes += hold_copy(work, second, manifest.id, standing.holds)
        remember(work, source)
    proven = verify(work, id=manifest.id, copy=True, progress=progress)
    if not proven.sound:
        raise _unproven(manifest.id, place, proven)
    return Copied(
        id=manifest.id,
        to=place.location,
        objects=manifest.objects,
        bytes=manifest.bytes,
        new_bytes=carrier.new_bytes,
        already=any(one.id == manifest.id for one in there.manifests),
        notes=notes,
        seconds=time.monotonic() - begun,
    )


def _unproven(id: str, place: RepositoryPlace, proven: Verification) -> Damaged:
    lines = [*(line for one in proven.snapshots for line in one.damaged), *proven.problems]
    return Damaged(
        f"the copy of snapshot {id} at {place.location} is not what was sent",
        found=lines[0] if lines else None,
        next_step="copy it again, which sends again what is damaged",
    )


def _chosen(found: Loaded, id: str | None) -> Standing:
    if id is None:
        good = [one for one in found.standings if one.good]
        if not good:
            raise NotFound(
                "no snapshot is good enough to be copied",
                found=f"{len(found.standings)} that are not verified, consistent and undamaged",
                next_step=f"reconcile snapshot verify {found.dataset}",
            )
        return good[-1]
    standing = found.standing(check_snapshot_id(id))
    if standing.damaged:
        raise Damaged(
            f"snapshot {id} is damaged, and a copy of it would be",
            found=standing.damaged[0],
            next_step="copy another one, or create one, which writes again what is damaged",
        )
    return standing


def _refuse_smaller(source: Repository, second: Repository, place: RepositoryPlace) -> None:
    if source.id == second.id:
        raise BadInput(
            f"the second repository {place.location} is the first one",
            expected="another place",
            next_step="correct the dataset's `snapshot` block",
        )
    if source.chunk_size > second.chunk_size:
        raise BadInput(
            f"the second repository {place.location} takes smaller pieces than the first one",
            found=f"{second.chunk_size} bytes",
            expected=f"at least {source.chunk_size}",
            next_step="name another place for it",
        )


def _shown(
    work: SnapshotWork, repository: Repository, manifest: Manifest
) -> AbstractContextManager[Work]:
    return running(
        repository,
        action=LedgerAction.COPY,
        dataset=work.dataset.name,
        snapshot=manifest.id,
        by=work.by,
    )


def _written(repository: Repository, manifest: Manifest) -> Manifest:
    """The manifest, as it lies in the second repository afterwards."""
    try:
        manifests.write(repository, manifest)
    except AlreadyExists as error:
        raise Tampered(
            f"the second repository has another snapshot {manifest.id}",
            expected="the very same one",
            next_step="find out who wrote it",
        ) from error
    return manifest


def _told(standing: Standing, copied: Manifest, *, to: str, size: int) -> dict[str, object]:
    """What both ledgers say of the copy; the second one besides when the first knew of it."""
    details: dict[str, object] = {"to": to, "bytes": size, "manifest": digest_of(copied)}
    if standing.recorded_at is not None:
        details["recorded_at"] = instant_text(standing.recorded_at)
    return details


def _tell(
    work: SnapshotWork,
    repository: Repository,
    known: Loaded,
    manifest: Manifest,
    details: Mapping[str, object],
) -> None:
    """Tells a ledger of the copy, once."""
    told = any(
        line.action is LedgerAction.COPY
        and (line.dataset, line.snapshot) == (manifest.dataset, manifest.id)
        and line.details.get("to") == details["to"]
        for line in known.lines
    )
    if not told:
        Ledger(repository).append(
            LedgerAction.COPY,
            dataset=manifest.dataset,
            snapshot=manifest.id,
            by=work.by,
            details=details,
        )
