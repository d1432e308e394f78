"""Verifying snapshots: manifests and ledger always, of the data all or a share."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from reconcile.errors import NotFound
from reconcile.jobs.snapshots.creating.recording import remember
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.progress import SILENT, SnapshotProgress
from reconcile.jobs.snapshots.proving.checking import Checking, Read
from reconcile.jobs.snapshots.proving.damage import Harmed
from reconcile.jobs.snapshots.proving.reading import Share
from reconcile.jobs.snapshots.proving.verified import Verification, Verified
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, LedgerLine, Manifest
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.snapshots.names import check_snapshot_id
from reconcile.snapshots.share import rounds

__all__ = ["Verification", "Verified", "verify"]


def verify(
    work: SnapshotWork,
    *,
    id: str | None = None,
    read: float | None = None,
    copy: bool = False,
    progress: SnapshotProgress | None = None,
) -> Verification:
    """Verifies one snapshot, or all. What is wrong is in the result and in the ledger.

    Args:
        work: Of which dataset.
        id: Which snapshot; None is all of the dataset.
        read: The share of the data to read, 0 to 1: another one each time, until all was read.
            None is what the dataset's rules say.
        copy: Whether the second repository is verified.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no such snapshot, none at all, or no repository.
        BadInput: The share is none.
        Transient: A store does not answer.
    """
    begun, telling = time.monotonic(), progress or SILENT
    share = work.rules.verify if read is None else read
    repository = work.copy_repository() if copy else work.repository()
    place = work.rules.copy if copy and work.rules.copy else work.rules.repository
    found = loaded(work, repository)
    manifests = _asked(found, id)
    round = _round(found.lines, work.dataset.name)
    telling.step("listing")
    checking = Checking.prepared(work, repository, Share(_checked(share), round), telling)
    telling.step("checking")
    figures = checking.checked(manifests)
    telling.step("writing down")
    verified = tuple(_verified(one, checking, figures) for one in manifests)
    if not found.problems:
        for manifest, one in zip(manifests, verified, strict=True):
            _record(work, repository, manifest, one, checking)
        remember(work, repository)
    problems = [*found.problems, *(f"snapshot {id}: {why}" for id, why in _lost(found, id))]
    return Verification(
        repository=place.location,
        share=share,
        snapshots=tuple(one for one, _ in verified),
        read_objects=checking.reader.read_chunks,
        read_bytes=checking.reader.read_bytes,
        bytes=checking.bytes,
        problems=tuple(problems),
        seconds=time.monotonic() - begun,
    )


def _asked(found: Loaded, id: str | None) -> list[Manifest]:
    """The manifests to verify, oldest first."""
    if id is None:
        # Of nothing nobody says that nothing is wrong with it.
        if not (found.standings or found.unreadable or found.problems):
            raise NotFound(
                f"there is no snapshot of {found.dataset} to verify",
                next_step=f"`reconcile snapshot create {found.dataset}`",
            )
        return [one.manifest for one in found.standings]
    return [found.standing(check_snapshot_id(id)).manifest]


def _lost(found: Loaded, id: str | None) -> list[tuple[str, str]]:
    """Manifests that cannot be read, where all snapshots are verified."""
    return [] if id is not None else list(found.unreadable.items())


def _checked(share: float) -> float:
    rounds(share)
    return share


def _round(lines: Iterable[LedgerLine], dataset: str) -> int:
    """The round after the last one."""
    rounds = [
        line.details.get("round")
        for line in lines
        if line.action is LedgerAction.VERIFY and line.dataset == dataset
    ]
    return max((one for one in rounds if isinstance(one, int)), default=-1) + 1


def _verified(
    manifest: Manifest, checking: Checking, figures: Mapping[str, Read]
) -> tuple[Verified, Harmed]:
    harmed = checking.reader.damage.within(manifest, checking.shelf)
    read = sum((figures[one.id] for one in manifest.segments), Read())
    verified = Verified(
        id=manifest.id,
        objects=manifest.objects,
        bytes=manifest.bytes,
        rows=manifest.rows,
        read_bytes=read.bytes,
        whole=checking.share.share >= 1,
        damaged=tuple(harmed.lines),
        damaged_objects=harmed.objects,
    )
    return verified, harmed


def _record(
    work: SnapshotWork,
    repository: Repository,
    manifest: Manifest,
    verified: tuple[Verified, Harmed],
    checking: Checking,
) -> None:
    one, harmed = verified
    Ledger(repository).append(
        LedgerAction.VERIFY,
        dataset=manifest.dataset,
        snapshot=manifest.id,
        by=work.by,
        details={
            "read": "all" if one.whole else checking.share.share,
            "round": checking.share.round,
            "objects": one.objects,
            "bytes": one.read_bytes,
            **dict(harmed.told()),
        },
    )
