"""Passing over an origin until it stands still, or for as long as anybody waits for that.

Two listings that agree prove that all their objects were there between them. One listing does,
where it is what an earlier snapshot holds: each object was there since that one was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconcile.jobs.snapshots.creating.passing import Passed, Passes
from reconcile.model.snapshot import Consistency, Manifest, Segment

_SHORTEST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=1)
_NAMED = 3
_MOST_REASONS = 100


@dataclass(frozen=True)
class Settled:
    """What was saved of an origin.

    Attributes:
        segments: The objects.
        started_at: When it was first listed, UTC.
        taken_at: The moment at which all objects were there, UTC; the last listing's where that
            is not known.
        reasons: Why it is not known, a line each.
        read: Objects that were read, those that were read again among them.
        read_bytes: Their bytes.
        healed: Pieces of content that known objects need and that were not there.
    """

    segments: tuple[Segment, ...]
    started_at: datetime
    taken_at: datetime
    reasons: tuple[str, ...]
    read: int
    read_bytes: int
    healed: int

    @property
    def objects(self) -> int:
        """How many objects it holds."""
        return sum(one.objects for one in self.segments)


def settled(passes: Passes, earlier: Manifest | None, known: Sequence[Segment]) -> Settled:
    """Saves what lies at an origin.

    A partition that is without its marker, or that changes meanwhile, is waited for as long as the
    dataset's rules say. One that is deleted meanwhile is not.

    Args:
        passes: Over the origin.
        earlier: The snapshot that the origin is compared with first; None is none.
        known: Its segments, as far as they can be relied on.
    """
    work = passes.work
    started_at = work.setting.now()
    first = passes.over(known)
    so_far = Settled(
        first.segments, started_at, started_at, (), first.read, first.read_bytes, first.healed
    )
    if _proves(first, earlier, known) or first.is_empty:
        return so_far
    last, deadline = first, started_at + work.rules.settle
    has_moved = bool(first.unready or first.unsaved)
    while True:
        now = work.setting.now()
        if has_moved:
            if now >= deadline:
                moved = [*([] if last is first else last.changed), *last.unsaved]
                return replace(so_far, reasons=_reasons(passes, last, moved))
            work.pause(min(_pause(work.rules.settle), deadline - now).total_seconds())
            now = work.setting.now()
        last = passes.over(last.segments)
        so_far = replace(
            so_far,
            segments=last.segments,
            taken_at=now,
            read=so_far.read + last.read,
            read_bytes=so_far.read_bytes + last.read_bytes,
        )
        if last.is_empty or (last.is_same and not last.unready):
            return so_far
        has_moved = True


def _proves(passed: Passed, earlier: Manifest | None, known: Sequence[Segment]) -> bool:
    """Whether one listing says enough."""
    return (
        earlier is not None
        and earlier.consistency is Consistency.CONSISTENT
        and len(known) == len(earlier.segments)
        and passed.is_same
        and not passed.unready
    )


def _pause(settle: timedelta) -> timedelta:
    """A tenth of the patience: what is written file by file shall not seem to stand still."""
    return min(max(settle / 10, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def _reasons(passes: Passes, passed: Passed, moved: Sequence[str]) -> tuple[str, ...]:
    """Why nobody can say that all objects were there at one moment, by partition."""
    changed: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for name in moved if name not in passed.broken):
        folder = passes.work.origin.partition_of(name) or ""
        changed.setdefault(folder, []).append(name)
    reasons = [*passed.unready.values(), *passed.broken.values()]
    for folder, names in sorted(changed.items()):
        shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        reasons.append(f"{folder or 'the location'} was written to meanwhile: {shown}")
    if not reasons:
        reasons.append("objects were deleted while it was taken")
    return tuple(reasons[:_MOST_REASONS])
