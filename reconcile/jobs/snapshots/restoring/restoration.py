"""A restore at work: looked at, written, and reconciled with what the snapshot says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconcile.errors import AlreadyExists
from reconcile.history.sync_plan import comes_last
from reconcile.jobs.host import share_heaps
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.restoring.carrying import Carried, Carrier
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.destination import Destination
from reconcile.jobs.snapshots.restoring.erasing import Erasing
from reconcile.jobs.snapshots.restoring.reconciling import Reconciled, reconciled
from reconcile.jobs.snapshots.restoring.survey import Survey, surveyed
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import SavedObject
from reconcile.stores.spool import Spool

_IN_FLIGHT = 96 * 1024**2
"""Bytes of small objects at once: each waits until the disk has it."""


@dataclass
class Written:
    """What was written.

    Attributes:
        objects: Objects.
        bytes: Their bytes, as they lie there.
        replaced: How many of them took the place of another.
        rewritten: How many of them were written without their erased rows.
    """

    objects: int = 0
    bytes: int = 0
    replaced: int = 0
    rewritten: int = 0


@dataclass(frozen=True)
class Restoration:
    """A restore at work.

    Attributes:
        work: Of which dataset.
        contents: What is restored.
        destination: Where to.
        progress: Is told of objects and bytes.
        written: What was written so far.
    """

    work: SnapshotWork
    contents: Contents
    destination: Destination
    progress: SnapshotProgress
    _lanes: Lanes
    _carrier: Carrier
    written: Written = field(default_factory=Written)

    @classmethod
    @contextmanager
    def open(
        cls,
        work: SnapshotWork,
        contents: Contents,
        destination: Destination,
        progress: SnapshotProgress,
    ) -> Iterator[Restoration]:
        """A restore for the length of the block. Nothing is written yet.

        Raises:
            BadInput: The erasure list is not there, or cannot be read.
        """
        share_heaps()

        def interrupted() -> None:
            destination.pace.stop()
            if not isinstance(sys.exc_info()[1], Exception):
                work.stop()  # else the repository is told what came of it

        with (
            Spool(work.setting.resources.spool) as spool,
            Erasing.open(work, spool.path) as erasing,
            Lanes.open(
                piece_size=contents.repository.chunk_size,
                parallel=work.rules.limits.parallel,
                interrupted=interrupted,
                in_flight=_IN_FLIGHT,
            ) as lanes,
        ):
            carrier = Carrier(
                work,
                contents,
                destination,
                workspace=spool.path,
                erasing=erasing,
                workers=lanes.pieces,
                on_bytes=lambda size: progress.done(0, size),
            )
            yield cls(work, contents, destination, progress, lanes, carrier)

    def survey(self) -> Survey:
        """What lies at the destination. Nothing is written."""
        self.progress.step("looking")
        return surveyed(self.contents, self.destination, self._lanes, self._carrier)

    def write(self, survey: Survey, *, replace: bool) -> None:
        """Writes what does not lie there yet.

        Args:
            survey: What lies there; it is told of what is written.
            replace: Whether what lies there with other bytes is replaced.

        Raises:
            AlreadyExists: Something does, and it is not to be; nothing was written.
            Damaged: Content is not what was stored.
            Changed: Somebody else writes there.
        """
        if survey.replaced and not replace:
            raise _in_the_way(survey, self.destination)
        self.progress.step("restoring")
        self.progress.planned(survey.objects - survey.already, survey.bytes - survey.right_bytes)
        self._write(survey, last=False)
        if survey.last:
            # Whoever waits for these takes all the others for written.
            self._write(survey, last=True)

    def reconciled(self, survey: Survey) -> Reconciled:
        """What lies there now, listed and counted anew, against what the snapshot says."""
        self.progress.step("checking")
        return reconciled(self.contents, self.destination, self._lanes, survey)

    def _write(self, survey: Survey, *, last: bool) -> None:
        def carried(numbered: tuple[int, SavedObject]) -> tuple[int, SavedObject, Carried]:
            number, saved = numbered
            written = self._carrier.carry(saved, replaces=survey.replaced.get(number))
            self.progress.done(1, 0)
            return number, saved, written

        missing = (
            (number, saved)
            for number, saved in enumerate(self.contents.objects())
            if not survey.right[number] and comes_last(saved.name) is last
        )
        for number, _, one in self._lanes.in_order(missing, carried, size_of=_size):
            survey.lies(number, one.info.etag, erased=one.erased)
            self.written.objects += 1
            self.written.bytes += one.info.size
            self.written.replaced += number in survey.replaced
            self.written.rewritten += bool(one.erased)


def _size(numbered: tuple[int, SavedObject]) -> int:
    return numbered[1].size


def _in_the_way(survey: Survey, destination: Destination) -> AlreadyExists:
    count = len(survey.replaced)
    shown = ", ".join(repr(name) for name in survey.conflicts[:3])
    return AlreadyExists(
        f"{destination.location} holds other data under the names that are to be restored",
        found=f"{count} objects with other bytes: {shown}" + (" …" if count > 3 else ""),
        expected="an empty folder, or the very same bytes",
        next_step="name another folder, or have them replaced with `--replace`",
    )
