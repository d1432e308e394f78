"""Restoring a snapshot to a folder."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from reconcile.errors import AccessDenied, BadInput, Damaged, WindowHeld
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.progress import SILENT, SnapshotProgress
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.destination import Destination, destination_of
from reconcile.jobs.snapshots.restoring.restoration import Restoration
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.jobs.snapshots.restoring.survey import Survey
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.jobs.working import LEASE
from reconcile.model.location import Location
from reconcile.model.snapshot import LedgerAction, Manifest
from reconcile.model.window import Window
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.repository.running import running
from reconcile.snapshots.restoring import Choice, chosen, widest
from reconcile.state.lease_keeper import LeaseKeeper
from reconcile.stores.leftovers import remove_leftovers

_UNWRITABLE = "the repository could not be told of this restore"


def restore(
    work: SnapshotWork,
    *,
    to: Location,
    connection: str | None = None,
    id: str | None = None,
    at: datetime | None = None,
    span: Sequence[Window] | None = None,
    copy: bool = False,
    replace: bool = False,
    rehearsal: bool = False,
    progress: SnapshotProgress | None = None,
) -> Restored:
    """Restores a snapshot. One that was interrupted goes on where it stopped.

    Every byte is checked on its way. At the end the folder is listed again, and the rows that
    its footers tell are reconciled with those of the snapshot less those that were erased.

    Args:
        work: Of which dataset.
        to: The folder: empty, absent, or holding nothing but right bytes, unless `replace`.
        connection: Who writes there.
        id: Which snapshot.
        at: The newest good one that was taken no later; with neither, the newest good one.
        span: The windows to restore; None is all that it holds.
        copy: Whether it is taken from the second repository.
        replace: Whether objects of the same names with other bytes are replaced. Others are named
            and stay in any case.
        rehearsal: Whether it is only said what would be done; nothing is written.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no such snapshot, or none that is good.
        BadInput: The newest snapshot is damaged and none is named; the folder holds other bytes
            under these names, is in the repository, or cannot be written; a window is none that
            it holds.
        Damaged: What lies in the repository is not what was stored there.
        Tampered: The ledger or the manifest does not hold together.
        Changed: Somebody else wrote to the folder meanwhile.
        WindowHeld: Another restore of the dataset is at work on that folder.
        Transient: A store does not answer.
    """
    began, started_at = time.monotonic(), work.setting.now()
    destination = destination_of(work, to, connection)
    repository = work.copy_repository() if copy else work.repository()
    known = loaded(work, repository)
    choice = _choice(known, id=id, at=at, now=work.setting.now())
    manifest = choice.standing.manifest
    contents = Contents.of(repository, manifest, work.origin, span)
    telling = progress or SILENT
    notes = list(known.problems)
    with ExitStack() as stack:
        if not rehearsal:
            stack.enter_context(_held(work, destination))
            notes += _announced(stack, work, repository, manifest)
        restoration = stack.enter_context(Restoration.open(work, contents, destination, telling))
        with _naming_another(known, manifest.id):
            survey = restoration.survey()
        restored = Restored(
            id=manifest.id,
            taken_at=manifest.taken_at,
            to=str(destination.location),
            rehearsal=rehearsal,
            objects=survey.objects,
            bytes=survey.bytes,
            rows=survey.rows,
            already=survey.already,
            erased=sum(survey.erased.values()),
            extras=tuple(survey.extras),
            extra_objects=survey.extra_objects,
            keeping=tuple(survey.keeping),
            keeping_objects=survey.keeping_objects,
            passed_over=choice.passed_over,
            notes=tuple(notes),
        )
        if rehearsal:
            return _rehearsed(restored, survey, replace=replace, began=began)
        with _naming_another(known, manifest.id):
            restoration.write(survey, replace=replace)
        remove_leftovers(destination.store, "", before=started_at)
        found = restoration.reconciled(survey)
        restored = dataclasses.replace(
            restored,
            written=restoration.written.objects,
            written_bytes=restoration.written.bytes,
            replaced=restoration.written.replaced,
            rewritten=restoration.written.rewritten,
            erased=sum(survey.erased.values()),
            counted=found.counted,
            extras=tuple(found.extras),
            extra_objects=found.extra_objects,
            problems=tuple(found.problems),
            seconds=time.monotonic() - began,
        )
        return _recorded(work, repository, known, restored)


@contextmanager
def _naming_another(known: Loaded, id: str) -> Iterator[None]:
    """Where a snapshot turns out damaged: says which other one is good."""
    try:
        yield
    except Damaged as error:
        others = [one for one in known.standings if one.good and one.manifest.id != id]
        if not others:
            raise
        other = widest(others)[-1].manifest.id
        next_step = (
            f"`reconcile snapshot verify {known.dataset} --read all` says which are whole; the "
            f"newest other one that counts as good is restored with `--at {other}`"
        )
        raise type(error)(
            error.what, found=error.found, expected=error.expected, next_step=next_step
        ) from error


def _choice(known: Loaded, *, id: str | None, at: datetime | None, now: datetime) -> Choice:
    """Which snapshot. One that is named is restored from a ledger that does not hold together
    too, since after an attack nothing else may be left."""
    if id is not None:
        if id in known.unreadable:
            known.standing(id)
        return chosen(known.standings, id=id, now=now)
    known.require_sound()
    choice = chosen(known.standings, at=at, now=now)
    newer = [one for one in known.unreadable if one > choice.standing.manifest.id]
    if newer and at is None:
        newest, older = max(newer), choice.standing.manifest.id
        raise BadInput(
            f"the newest snapshot, {newest}, cannot be read",
            found=known.unreadable[newest],
            next_step=f"restore {older}, the newest that can be, with `--at {older}`",
        )
    return choice


@contextmanager
def _held(work: SnapshotWork, destination: Destination) -> Iterator[None]:
    """One restore into a folder at a time."""
    digest = hashlib.sha256(destination.store.address.encode()).hexdigest()[:16]
    leases, dataset, held = work.setting.state.leases, work.dataset.name, f"restore {digest}"
    id = secrets.token_hex(8)
    keeper = LeaseKeeper(leases, dataset, held, id, ttl=LEASE, clock=work.setting.now)
    with _in_plain_words(destination), keeper:
        try:
            yield
        finally:
            leases.release(dataset, held, id)


@contextmanager
def _in_plain_words(destination: Destination) -> Iterator[None]:
    """What is held here is no window that anybody knows of."""
    try:
        yield
    except WindowHeld as error:
        raise WindowHeld(
            f"another restore into {destination.location} is going on",
            found=error.found,
            next_step="wait for it, then run this again; what was killed gives way at that time, "
            "and another folder is free at once",
        ) from error


def _announced(
    stack: ExitStack, work: SnapshotWork, repository: Repository, manifest: Manifest
) -> tuple[str, ...]:
    """Says in the repository that somebody is at work, so that the snapshot stays meanwhile."""
    try:
        stack.enter_context(
            running(
                repository,
                action=LedgerAction.RESTORE,
                dataset=work.dataset.name,
                snapshot=manifest.id,
                by=work.by,
            )
        )
    except AccessDenied as error:
        return (f"{_UNWRITABLE}: {error.what}",)
    return ()


def _rehearsed(restored: Restored, survey: Survey, *, replace: bool, began: float) -> Restored:
    conflicts = len(survey.replaced)
    return dataclasses.replace(
        restored,
        written=survey.objects - survey.already,
        written_bytes=survey.bytes - survey.right_bytes,
        replaced=conflicts if replace else 0,
        conflicts=() if replace else tuple(survey.conflicts),
        conflicting_objects=0 if replace else conflicts,
        seconds=time.monotonic() - began,
    )


def _recorded(
    work: SnapshotWork, repository: Repository, known: Loaded, restored: Restored
) -> Restored:
    """Writes it into the ledger, last of all."""
    if known.problems:
        return restored  # nothing is added to a ledger that does not hold together
    details: dict[str, Any] = {
        "to": restored.to,
        "objects": restored.objects,
        "rows": restored.counted,
        "seconds": round(restored.seconds, 3),
        "rehearsal": False,
        "erased": restored.erased,
    }
    if restored.keeping_objects:
        details["not_erasable"] = restored.keeping_objects
    if restored.problems:
        details["problems"] = list(restored.problems[:5])
    try:
        Ledger(repository).append(
            LedgerAction.RESTORE,
            dataset=work.dataset.name,
            snapshot=restored.id,
            by=work.by,
            details=details,
        )
    except AccessDenied as error:
        notes = dict.fromkeys((*restored.notes, f"{_UNWRITABLE}: {error.what}"))
        return dataclasses.replace(restored, notes=tuple(notes))
    return restored
