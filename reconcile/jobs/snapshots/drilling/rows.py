"""The rows of a drill against those of the origin, where it still has what was saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from reconcile.errors import BadInput, Changed, ReconcileError, Unreadable
from reconcile.jobs.comparing import compare_rows
from reconcile.jobs.snapshots.origin import Origin
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.destination import Destination, beside
from reconcile.jobs.snapshots.restoring.survey import Survey
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.discrepancy import Kept, Side
from reconcile.model.objects import ObjectInfo
from reconcile.model.result import Counts
from reconcile.model.rules import CompareRules
from reconcile.model.snapshot import SavedObject
from reconcile.model.strategy import Strategy
from reconcile.report.numbers import counted, rows_text
from reconcile.stores.listing import Listing

TOGETHER = 1024**3
"""Bytes of each side that are compared at a time, or one object."""
_MANY = 1000


@dataclass
class RowProof:
    """How the rows of a drill are proven.

    Attributes:
        by_row: Objects whose rows were compared with the origin's.
        by_checksum: Objects that their checksums alone prove.
        rows: Rows of the former, as they were restored.
        why: Why no more of them were compared by row; None where there is no reason to tell.
        problems: What is wrong, a line each.
    """

    by_row: int = 0
    by_checksum: int = 0
    rows: int = 0
    why: str | None = None
    problems: list[str] = field(default_factory=list)

    def told(self) -> str:
        """It in a sentence."""
        if not self.by_row:
            why = self.why or "the origin has none of these versions any more"
            return f"By checksum, since {why}."
        of = counted(self.by_row, "object")
        text = f"{rows_text(self.rows)} of {of} compared with the origin's"
        if self.by_checksum:
            text += f", {counted(self.by_checksum, 'object')} proven by checksum"
        return f"{text}."


class _Same(NamedTuple):
    """An object that the origin still has as it was saved."""

    saved: SavedObject
    origin: ObjectInfo
    restored: ObjectInfo
    erased: int


def rows_proven(
    work: SnapshotWork, contents: Contents, destination: Destination, survey: Survey
) -> RowProof:
    """Compares row by row what was restored with what the origin still has of the same versions.

    Rows that were erased are missing in what was restored, and nothing else is.

    Args:
        work: Of which dataset.
        contents: What was restored.
        destination: Where to.
        survey: What is known of it.
    """
    proof = RowProof()
    for batch in _batches(_same(work, contents, destination, survey, proof)):
        try:
            counts = _compared(work, destination, batch)
        except Unreadable as error:
            proof.problems.append(error.line())
            continue
        except (BadInput, Changed) as error:
            # The origin is written to, or an object has no match key: its bytes are proven.
            proof.by_checksum += len(batch)
            proof.why = error.line()
            continue
        proof.by_row += len(batch)
        proof.rows += counts.target_rows
        problem = _problem(counts, batch)
        if problem is not None:
            proof.problems.append(problem)
    return proof


def _same(
    work: SnapshotWork,
    contents: Contents,
    destination: Destination,
    survey: Survey,
    proof: RowProof,
) -> Iterator[_Same]:
    there = ((one, info) for one, info in beside(contents.objects(), destination.listed()) if one)
    now = (
        (one, info)
        for one, info in beside(contents.objects(), _asked(work.origin, work, proof))
        if one
    )
    for number, ((saved, restored), (_, origin)) in enumerate(zip(there, now, strict=True)):
        unchanged = (
            origin is not None
            and restored is not None
            and saved.rows is not None
            and bool(saved.etag)
            and (origin.size, origin.etag) == (saved.size, saved.etag)
        )
        if unchanged and origin is not None and restored is not None:
            yield _Same(saved, origin, restored, survey.erased.get(number, 0))
        else:
            proof.by_checksum += 1


def _asked(origin: Origin, work: SnapshotWork, proof: RowProof) -> Iterator[ObjectInfo]:
    """What the origin has; where it cannot be asked, which is what backups are for, nothing."""
    try:
        yield from origin.listed(now=work.setting.now())
    except ReconcileError as error:
        proof.why = f"the origin cannot be asked: {error.what}"


def _batches(objects: Iterable[_Same]) -> Iterator[list[_Same]]:
    """Objects that are compared together: alike, and not too much."""
    batch: list[_Same] = []
    size = 0
    for one in objects:
        full = size + one.saved.size > TOGETHER or len(batch) >= _MANY
        if batch and (full or one.saved.schema != batch[0].saved.schema):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.saved.size
    if batch:
        yield batch


def _compared(work: SnapshotWork, destination: Destination, batch: list[_Same]) -> Counts:
    origin = work.origin
    ours = tuple(replace(one.origin, name=origin.full_name(one.saved.name)) for one in batch)
    theirs = tuple(one.restored for one in batch)
    return compare_rows(
        Listing(origin.store, ours, origin.base),
        Listing(destination.store, theirs, ""),
        _rules(work),
        discrepancies=Path("none-is-kept"),
        resources=work.setting.resources,
        keep=Kept.NONE,
        strategy=Strategy.SKETCH,
    ).result.counts


def _rules(work: SnapshotWork) -> CompareRules:
    """A side against itself: its match key, in its own spelling, and nothing that relaxes."""
    rules = work.dataset.compare
    spelt = {new: old for old, new in rules.rename.items()}
    own = spelt if work.rules.of is Side.TARGET else {}
    key = tuple(own.get(name, name) for name in rules.match_key)
    return CompareRules(key, assume_timezone=rules.assume_timezone)


def _problem(counts: Counts, batch: list[_Same]) -> str | None:
    erased = sum(one.erased for one in batch)
    missing = counts.missing_in_target + counts.duplicate_key_source
    others = counts.value_mismatch + counts.missing_in_source + counts.duplicate_key_target
    if missing == erased and not others and counts.source_rows - counts.target_rows == erased:
        return None
    return (
        f"Rows of {batch[0].saved.name!r} to {batch[-1].saved.name!r} are not the origin's: "
        f"{counts.value_mismatch} differ, {missing} are missing of which {erased} were erased, "
        f"{counts.missing_in_source + counts.duplicate_key_target} are too many"
    )
