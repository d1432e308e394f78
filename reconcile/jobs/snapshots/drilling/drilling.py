"""The drill of a dataset's snapshots."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconcile.errors import Damaged, NotFound, ReconcileError, Unforeseen
from reconcile.jobs.snapshots.drilling.rows import RowProof, rows_proven
from reconcile.jobs.snapshots.drilling.scratch import drill_id, scratch
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.progress import SILENT, SnapshotProgress
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.restoration import Restoration
from reconcile.jobs.snapshots.restoring.restored import NAMED
from reconcile.jobs.snapshots.restoring.survey import Survey
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.jobs.working import LEASE
from reconcile.model.result import Verdict
from reconcile.model.snapshot import LedgerAction, Manifest, Standing
from reconcile.report.snapshot_sentences import kept_listed_sentence
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.repository.running import running
from reconcile.snapshots.names import check_snapshot_id
from reconcile.snapshots.restoring import widest
from reconcile.state.lease_keeper import LeaseKeeper

_HELD = "drill"


@dataclass(frozen=True)
class Drilled:
    """What came of a drill.

    Attributes:
        id: The drill's own id; its scratch folder was called so.
        snapshot: The snapshot that the lot fell on.
        taken_at: The moment that it shows, UTC.
        objects: Objects that were restored.
        bytes: Their bytes.
        rows: Their rows, as they were counted after the restore.
        erased: Rows that the erasure list left out.
        by_row: Objects whose rows were compared with the origin's, which still has the very same.
        by_checksum: Objects that are proven by their checksums alone: the origin has others now,
            they were rewritten, or they are no Parquet.
        proof: How it was reconciled, a sentence for people.
        verdict: `matched`, or `breached` where something is wrong.
        problems: What is wrong, a line each, at most 100.
        seconds: Recovery time: from the beginning until all was restored and reconciled.
        age_seconds: Recovery point: how old the newest good snapshot was.
    """

    id: str
    snapshot: str
    taken_at: datetime
    objects: int
    bytes: int
    rows: int
    erased: int
    by_row: int
    by_checksum: int
    proof: str
    verdict: str
    problems: tuple[str, ...]
    seconds: float
    age_seconds: float

    @property
    def exit_code(self) -> int:
        """0 where the snapshot was restored and its rows are right, else 1."""
        return 1 if self.problems else 0


def drill(
    work: SnapshotWork, *, id: str | None = None, progress: SnapshotProgress | None = None
) -> Drilled:
    """Restores a snapshot, drawn by lot among the good ones, into a scratch place.

    What comes of it is a line of the ledger, also of a drill that fails. The scratch place is
    cleared whatever happened.

    Args:
        work: Of which dataset.
        id: The drill's id; a new one if None. The lot is drawn by it, so that the same id again
            draws the same snapshot.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no good snapshot.
        Tampered: The ledger does not hold together.
        WindowHeld: Another drill of the dataset is at work.
        Transient: A store does not answer.
    """
    begun, now, name = time.monotonic(), work.setting.now(), work.dataset.name
    id = check_snapshot_id(id or drill_id(name, now, secrets.token_hex(4)))
    repository = work.repository()
    with _held(work, id):
        known = loaded(work, repository)
        known.require_sound()
        good = _eligible(known, now)
        # Who draws need not be hard to foresee; the same id draws the same again.
        manifest = random.Random(id).choice(good).manifest  # noqa: S311
        age = (now - widest(good)[-1].manifest.taken_at).total_seconds()
        showing = running(
            repository, action=LedgerAction.DRILL, dataset=name, snapshot=manifest.id, by=work.by
        )
        told = _Told(work, repository, id, manifest, age)
        with showing:
            try:
                drilled = _carried_out(told, progress or SILENT, begun=begun)
            except Damaged as error:
                drilled = told.failed(error, seconds=time.monotonic() - begun)
                told.record(drilled, damaged=[getattr(error, "object_name", "") or error.what])
                return drilled
            except Exception as error:
                line = error if isinstance(error, ReconcileError) else Unforeseen(error)
                failed = told.failed(line, seconds=time.monotonic() - begun)
                # The first error is the one to tell; that it cannot be recorded adds nothing.
                with suppress(ReconcileError):
                    told.record(replace(failed, verdict=Verdict.INDETERMINATE))
                raise
            told.record(drilled)
    return drilled


@dataclass(frozen=True)
class _Told:
    """A drill as its line in the ledger tells it."""

    work: SnapshotWork
    repository: Repository
    id: str
    manifest: Manifest
    age_seconds: float

    def drilled(self, **found: Any) -> Drilled:
        """What came of it."""
        nothing: dict[str, Any] = {
            "objects": 0,
            "bytes": 0,
            "rows": 0,
            "erased": 0,
            "by_row": 0,
            "by_checksum": 0,
            "problems": (),
        }
        return Drilled(
            id=self.id,
            snapshot=self.manifest.id,
            taken_at=self.manifest.taken_at,
            age_seconds=self.age_seconds,
            **{**nothing, **found},
        )

    def failed(self, error: ReconcileError, *, seconds: float) -> Drilled:
        """It did not come to its end."""
        return self.drilled(
            proof="It was not restored.",
            verdict=Verdict.BREACHED.value,
            problems=(error.fact(),),
            seconds=seconds,
        )

    def record(self, drilled: Drilled, *, damaged: list[str] | None = None) -> None:
        """Writes its line."""
        details: dict[str, Any] = {
            "seconds": round(drilled.seconds, 3),
            "age_seconds": round(drilled.age_seconds, 3),
            "rows": drilled.rows,
            "verdict": str(drilled.verdict),
        }
        if damaged:
            details["damaged"] = damaged
        Ledger(self.repository).append(
            LedgerAction.DRILL,
            dataset=self.work.dataset.name,
            snapshot=drilled.snapshot,
            by=self.work.by,
            details=details,
        )


def _carried_out(told: _Told, progress: SnapshotProgress, *, begun: float) -> Drilled:
    work = told.work
    contents = Contents(told.repository, told.manifest)
    with scratch(work, told.id) as (destination, uncleared):
        with Restoration.open(work, contents, destination, progress) as restoration:
            survey = restoration.survey()
            # What lies there is of this very drill, begun before and killed.
            restoration.write(survey, replace=True)
            found = restoration.reconciled(survey)
        progress.step("comparing")
        proof = rows_proven(work, contents, destination, survey)
        seconds = time.monotonic() - begun
    wrong = (*found.problems, *proof.problems)
    return told.drilled(
        objects=survey.objects,
        bytes=survey.bytes,
        rows=found.counted,
        erased=sum(survey.erased.values()),
        by_row=proof.by_row,
        by_checksum=proof.by_checksum,
        proof=_proof(proof, survey),
        verdict=(Verdict.BREACHED if wrong else Verdict.MATCHED).value,
        problems=(*wrong, *uncleared)[:NAMED],
        seconds=seconds,
    )


def _proof(proof: RowProof, survey: Survey) -> str:
    if not survey.keeping_objects:
        return proof.told()
    return f"{proof.told()} {kept_listed_sentence(survey.keeping, survey.keeping_objects)}"


def _eligible(known: Loaded, now: datetime) -> list[Standing]:
    """The proven ones, oldest first: to try a backdated one does no harm."""
    good = [one for one in known.standings if one.proven and one.manifest.taken_at <= now]
    if not good:
        raise NotFound(
            "there is no good snapshot to drill with",
            found=f"{len(known.standings)} that were not verified, or are damaged or inconsistent",
            next_step="create one and verify it: reconcile snapshot create, then verify",
        )
    return good


@contextmanager
def _held(work: SnapshotWork, id: str) -> Iterator[None]:
    """One drill of a dataset at a time."""
    leases, dataset = work.setting.state.leases, work.dataset.name
    with LeaseKeeper(leases, dataset, _HELD, id, ttl=LEASE, clock=work.setting.now):
        try:
            yield
        finally:
            leases.release(dataset, _HELD, id)
