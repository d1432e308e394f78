"""The copying of a sync: every planned object is copied or proven, and written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from reconcile.errors import AccessDenied, AlreadyExists, BadInput, Changed, ReconcileError
from reconcile.history.sync_plan import Action, PlannedObject
from reconcile.jobs.host import share_heaps
from reconcile.jobs.sync_journal import StateJournal
from reconcile.jobs.sync_lanes import in_lanes, parts_at_once
from reconcile.jobs.sync_outcome import UNDONE_AS, Became, Outcome
from reconcile.jobs.sync_progress import Onward, SyncProgress
from reconcile.jobs.sync_recorder import Recorder
from reconcile.jobs.sync_work import SyncSides, SyncWork
from reconcile.model.ledger import Equality, LedgerEntry, ObjectVersion
from reconcile.model.objects import ObjectInfo
from reconcile.model.sync import OnUnproven
from reconcile.stores.proof import Copied
from reconcile.stores.protocol import ContainerMissing, CutShort
from reconcile.stores.verified_copy import Copier

BYTES_AT_ONCE, PARTS_AT_ONCE = 256 * 1024**2, 16
"""So much goes in one request: it is sent again, at most, where that breaks off."""


@dataclass(frozen=True)
class Carrier:
    """Carries objects of one window's plan out.

    Attributes:
        work: Of which dataset.
        sides: Both sides of the window.
        run_id: The run that does it.
        copier: Between both stores.
        recorder: Is told of every object.
        progress: Likewise, for people.
    """

    work: SyncWork
    sides: SyncSides
    run_id: str
    copier: Copier
    recorder: Recorder
    progress: SyncProgress | None

    def carry(self, plan: Sequence[PlannedObject]) -> list[Outcome]:
        """Copies, replaces and proves; one object that cannot be had stops no other.

        Raises:
            AccessDenied, ContainerMissing, Transient, DiskFull: No object can be had any more. What
                was done by then is written down.
        """
        outcomes: list[Outcome] = []
        rules = self.work.rules
        limits = [rules.limits_of(one.side) for one in (self.sides.origin, self.sides.destination)]

        def one(planned: PlannedObject) -> None:
            outcomes.append(self._carried(planned))
            if self.progress is not None:
                # Bytes that were copied have been told as they came.
                self.progress.copied(1, planned.size if planned.action is Action.PROVE else 0)

        in_lanes(
            plan,
            one,
            size_of=lambda planned: planned.size,
            large=rules.part_size,
            parallel=max(limit.parallel for limit in limits),
            hold=self.work.hold,
            interrupted=self.work.stop,
        )
        return outcomes

    def _carried(self, planned: PlannedObject) -> Outcome:
        origin = planned.origin
        if origin is None:
            raise AssertionError(f"{planned.name} is not at the origin")
        try:
            became, copied = self._tried(planned, origin)
        except (Changed, AlreadyExists, BadInput) as error:
            if isinstance(error, AccessDenied | ContainerMissing):
                raise
            equality = Equality.ABSENT if planned.destination is None else Equality.UNPROVEN
            self.recorder.note(self._entry(planned, origin, equality))
            return Outcome(planned.name, UNDONE_AS[equality], planned.size, reason=_reason(error))
        self.recorder.note(self._entry(planned, origin, copied.equality, copied), copied)
        return self._outcome(planned, became, copied)

    def _tried(self, planned: PlannedObject, origin: ObjectInfo) -> tuple[Became, Copied]:
        there = planned.destination
        became = Became.COPIED if there is None else Became.REPLACED
        if planned.action is Action.PROVE and there is not None:
            copied = self.copier.prove(origin, there)
            if copied.equality is not Equality.DIFFERENT:
                return Became.PROVED, copied
        name = self.sides.destination.full_name(planned.name)
        copied = self.copier.copy(origin, name, replaces=None if there is None else there.etag)
        if copied.equality is Equality.UNPROVEN:
            # The service vouches for nothing that it was sent: what lies there is read.
            copied = replace(self.copier.prove(copied.origin, copied.destination), way=copied.way)
        return became, copied

    def _outcome(self, planned: PlannedObject, became: Became, copied: Copied) -> Outcome:
        etag = copied.destination.etag
        if copied.equality is Equality.PROVEN:
            return Outcome(planned.name, became, planned.size, way=copied.way, etag=etag)
        if copied.equality is Equality.UNPROVEN and self.work.rules.unproven is OnUnproven.ACCEPT:
            return Outcome(planned.name, Became.ACCEPTED, planned.size, etag=etag)
        reason = (
            "nobody vouches for its bytes, and they cannot be read"
            if copied.equality is Equality.UNPROVEN
            else "what lies at the destination is not what was sent"
        )
        return Outcome(planned.name, UNDONE_AS[copied.equality], planned.size, reason=reason)

    def _entry(
        self,
        planned: PlannedObject,
        origin: ObjectInfo,
        equality: Equality,
        copied: Copied | None = None,
    ) -> LedgerEntry:
        there = planned.destination if copied is None else copied.destination
        return LedgerEntry(
            name=planned.name,
            size=planned.size,
            origin=ObjectVersion(origin.etag, origin.version),
            equality=equality,
            run_id=self.run_id,
            recorded_at=self.work.setting.now(),
            destination=None if there is None else ObjectVersion(there.etag, there.version),
            algorithm=None if copied is None else copied.algorithm,
            origin_value=None if copied is None else copied.origin_value,
            destination_value=None if copied is None else copied.destination_value,
        )


def _reason(error: ReconcileError) -> str:
    """Why one object could not be copied, for whoever reads the report of the window."""
    match error:
        case AlreadyExists():
            return "something else was written to the destination meanwhile: run it again"
        case CutShort():
            return f"{error.what}: run it again"
        case Changed():
            return "it was replaced while the window was synchronised: run it again"
        case _:
            return error.line()


def _unheard(_size: int) -> None:
    """Nobody is told of bytes."""


@contextmanager
def carrying(
    work: SyncWork, sides: SyncSides, window: str, run_id: str, *, progress: SyncProgress | None
) -> Iterator[Carrier]:
    """A carrier of one window, for the length of the block.

    Args:
        work: Of which dataset.
        sides: Both sides of the window.
        window: The window's name.
        run_id: The run that does it.
        progress: Is told of objects and bytes.
    """
    share_heaps()
    rules = work.rules
    parallel = rules.limits_of(sides.destination.side).parallel
    at_once = parts_at_once(rules.part_size, parallel=parallel)
    told = None if progress is None else Onward(progress)

    journal = StateJournal(work.setting.state.unfinished_uploads, work.setting.now)
    with (
        ThreadPoolExecutor(at_once, "sync-part") as workers,
        Recorder(work, sides, window) as recorder,
    ):
        copier = Copier(
            sides.origin.store,
            sides.destination.store,
            journal=journal,
            part_size=rules.part_size,
            server_side=work.fetching,
            at_once=min(BYTES_AT_ONCE, PARTS_AT_ONCE * rules.part_size),
            workers=workers,
            on_bytes=_unheard if told is None else told.moved,
        )
        yield Carrier(work, sides, run_id, copier, recorder, progress)
