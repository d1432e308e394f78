"""One pass over the origin: it is listed beside what is known, and what is not known is saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from reconcile.errors import Changed
from reconcile.jobs.snapshots.creating.partitions import Partitions
from reconcile.jobs.snapshots.creating.saving import Saver
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.shelf import Lost, Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject, Segment
from reconcile.model.window import Window
from reconcile.repository.present import Present
from reconcile.snapshots.changes import Unchanged, stretches
from reconcile.snapshots.segments import segmented
from reconcile.stores.protocol import CutShort

_NAMED = 100


@dataclass(frozen=True)
class _Unsaved:
    name: str
    broken: str | None


@dataclass
class Passed:
    """What came of a pass.

    Attributes:
        segments: The objects, as they were saved or known.
        read: Objects that were read.
        read_bytes: Their bytes.
        healed: Pieces of content that known objects need and that were not there.
        changed: Names of objects that were not known, the first hundred.
        unsaved: Names of objects that were not saved, the first hundred: they changed while they
            were read.
        broken: Those of them that came with other bytes than their service vouches for, each with
            what was found.
        is_same: Whether the origin was what was known, in all.
        unready: Folders of partitions that are not whole, each with the reason.
    """

    segments: tuple[Segment, ...] = ()
    read: int = 0
    read_bytes: int = 0
    healed: int = 0
    changed: list[str] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    is_same: bool = False
    unready: dict[str, str] = field(default_factory=dict)

    @property
    def objects(self) -> int:
        """How many objects it holds."""
        return sum(one.objects for one in self.segments)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was there, not even what could not be saved."""
        return not self.segments and not self.unsaved


@dataclass(frozen=True)
class Passes:
    """Passes over an origin, one after the other.

    Attributes:
        work: Of which dataset.
        span: The windows; None is all.
        saver: Saves objects.
        shelf: Writes segments.
        lanes: Where objects are saved.
        progress: Told of objects and bytes.
    """

    work: SnapshotWork
    span: Sequence[Window] | None
    saver: Saver
    shelf: Shelf
    lanes: Lanes
    progress: SnapshotProgress

    def over(self, known: Sequence[Segment]) -> Passed:
        """Lists the origin and saves what is not known of it.

        Args:
            known: What is known: the objects of an earlier snapshot, or of the pass before. A
                segment that cannot be read is known no more, and its objects are saved again.
        """
        while True:
            try:
                return self._over(known)
            except Lost as lost:
                known = [one for one in known if one.id != lost.segment.id]

    def _over(self, known: Sequence[Segment]) -> Passed:
        passed = Passed()
        now = self.work.setting.now()
        partitions = Partitions(self.work.origin, self.work.dataset.ready)
        listing = partitions.seen(self.work.origin.listed(self.span, now=now))
        results = self.lanes.in_order(
            self._items(listing, known, passed), self._done, size_of=_size
        )
        segments: list[Segment] = []
        for is_segment, run in groupby(results, key=lambda one: isinstance(one, Segment)):
            if is_segment:
                segments += [one for one in run if isinstance(one, Segment)]
                continue
            segments += [self.shelf.written(objects) for objects in segmented(_saved(run, passed))]
        passed.segments = tuple(segments)
        passed.is_same = [one.id for one in segments] == [one.id for one in known]
        passed.is_same &= not passed.unsaved
        passed.unready = partitions.unready(now=now)
        return passed

    def _items(
        self, listing: Iterable[ObjectInfo], known: Sequence[Segment], passed: Passed
    ) -> Iterator[Segment | SavedObject | ObjectInfo]:
        for stretch in stretches(listing, known, self.shelf.read):
            if not isinstance(stretch, Unchanged):
                yield from self._told(stretch.items, passed)
                continue
            lacking = lacking_of(self.saver.present, stretch.objects)
            if not lacking and self.saver.present.has_segment(stretch.segment):
                yield stretch.segment
                continue
            passed.healed += len(lacking)
            yield from self._told(_without(stretch.objects, lacking), passed)

    def _told(
        self, items: Iterable[SavedObject | ObjectInfo], passed: Passed
    ) -> Iterator[SavedObject | ObjectInfo]:
        """The items; those that are to be read are counted."""
        for item in items:
            told = item
            if isinstance(item, SavedObject):
                lacking = lacking_of(self.saver.present, [item])
                passed.healed += len(lacking)
                (told,) = _without([item], lacking)
            if isinstance(told, ObjectInfo):
                passed.read += 1
                passed.read_bytes += told.size
                if len(passed.changed) < _NAMED:
                    passed.changed.append(told.name)
                self.progress.planned(1, told.size)
            yield told

    def _done(self, item: Segment | SavedObject | ObjectInfo) -> Segment | SavedObject | _Unsaved:
        if not isinstance(item, ObjectInfo):
            return item
        try:
            saved = self.saver.save(item)
        except Changed as error:
            return _Unsaved(item.name, error.line() if isinstance(error, CutShort) else None)
        self.progress.done(1, 0)
        return saved


def lacking_of(present: Present, objects: Iterable[SavedObject]) -> set[str]:
    """Ids of the chunks of known objects that are not there."""
    has = present.has
    return {chunk.id for one in objects for chunk in one.chunks if not has(chunk)}


def _size(item: Segment | SavedObject | ObjectInfo) -> int | None:
    return item.size if isinstance(item, ObjectInfo) else None


def _saved(
    run: Iterable[Segment | SavedObject | _Unsaved], passed: Passed
) -> Iterator[SavedObject]:
    for one in run:
        if isinstance(one, SavedObject):
            yield one
        elif isinstance(one, _Unsaved) and len(passed.unsaved) < _NAMED:
            passed.unsaved.append(one.name)
            if one.broken is not None:
                passed.broken[one.name] = one.broken


def _without(
    objects: Iterable[SavedObject], lacking: set[str]
) -> Iterator[SavedObject | ObjectInfo]:
    """The objects; those whose content is lacking are no more than listed."""
    for one in objects:
        if lacking and any(chunk.id in lacking for chunk in one.chunks):
            yield ObjectInfo(one.name, one.size, one.etag, one.version)
        else:
            yield one
