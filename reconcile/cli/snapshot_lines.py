"""What came of work on snapshots in lines for people: a sentence, what it leaves out, what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconcile.jobs.snapshots.telling import (
    copied_told,
    created_told,
    drilled_told,
    pruned_told,
    restored_told,
    verified_told,
)
from reconcile.report.numbers import bytes_text, counted
from reconcile.report.printable import visible

if TYPE_CHECKING:
    from reconcile.jobs.snapshots.creating.creation import Created
    from reconcile.jobs.snapshots.drilling.drilling import Drilled
    from reconcile.jobs.snapshots.holding import Held
    from reconcile.jobs.snapshots.proving.copying import Copied
    from reconcile.jobs.snapshots.proving.verification import Verification
    from reconcile.jobs.snapshots.pruning.pruned import Pruned, PrunePlan
    from reconcile.jobs.snapshots.restoring.restored import Restored

_TOLD = 3
"""So many of a list are in the sentence already."""
_SHOWN = 20


def created_lines(dataset: str, made: Created) -> Iterator[str]:
    """What a create saved, or would save."""
    yield created_told(made)
    if made.manifest is None:
        return
    if made.consistent:
        yield f"Next: reconcile snapshot verify {dataset} latest"
        return
    yield from _all(made.reasons)
    yield f"Next: reconcile snapshot create {dataset}, when the origin is at rest"


def verified_lines(dataset: str, found: Verification) -> Iterator[str]:
    """What a verification read, and what it found."""
    yield verified_told(found)
    yield from _all([*found.problems, *(line for one in found.snapshots for line in one.damaged)])
    for one in found.snapshots:
        if one.damaged_objects:
            yield f"{one.id}: {counted(one.damaged_objects, 'object')} damaged"
    if found.problems:
        yield "Next: find out who can write to the repository; trust no snapshot of it before that"
    elif not found.sound:
        yield (
            f"Next: reconcile snapshot create {dataset} stores again what the origin still has, "
            "then verify again"
        )


def copied_lines(made: Copied) -> Iterator[str]:
    """Where a snapshot was copied to."""
    yield copied_told(made)


def restored_lines(done: Restored) -> Iterator[str]:
    """What a restore brought back, or would."""
    yield restored_told(done)
    if done.problems:
        yield from _all(done.problems)
        yield "Next: do not use it; restore another snapshot with --at, or from --copy"
    elif done.conflicting_objects:
        yield from _all(done.conflicts, of=done.conflicting_objects)
        yield "Next: restore into another place, or over what lies there with --replace"
    elif done.rehearsal:
        yield "Next: the same command without --dry-run"
    if done.extra_objects > _TOLD:
        yield f"There besides, {counted(done.extra_objects, 'object')}:"
        yield from _all(done.extras, of=done.extra_objects)


def drilled_lines(dataset: str, done: Drilled) -> Iterator[str]:
    """What a drill restored and proved."""
    yield drilled_told(done)
    yield from _all(done.problems)
    if done.exit_code:
        yield f"Next: reconcile snapshot verify {dataset} {done.snapshot} --read all"


def pruned_lines(dataset: str, done: Sequence[Pruned]) -> Iterator[str]:
    """What the retention decides, and what came of it where it was carried out."""
    for one in done:
        yield from _decisions(one.plan)
        yield pruned_told(one)
        yield from _all(one.notes)
        yield ""
    problems = [line for one in done for line in one.plan.problems]
    if problems:
        yield "Nothing may be removed:"
        yield from (f"  {visible(line)}" for line in problems[:_SHOWN])
        yield f"Next: reconcile snapshot verify {dataset}"
    elif any(one.dry_run and (one.plan.removed or one.swept or one.marked) for one in done):
        yield f"Nothing was removed. Next: reconcile snapshot prune {dataset} --apply"
    elif any(one.dry_run for one in done):
        yield "There is nothing to remove."


def held_lines(dataset: str, done: Held) -> Iterator[str]:
    """Who wants a snapshot kept now."""
    if not done.holds:
        yield f"Snapshot {done.id} is held by nobody: the retention decides over it again."
    for hold in done.holds:
        yield f"Snapshot {done.id} is held: {visible(hold.reason)} ({visible(hold.by)})"
    yield from (f"  {visible(line)}" for line in done.notes)
    if done.holds:
        yield f'It stays until: reconcile snapshot release {dataset} {done.id} --because "…"'


def _decisions(plan: PrunePlan) -> Iterator[str]:
    from reconcile.cli.table import table

    rows = [
        (
            one.snapshot,
            "keep" if one.keep else "remove",
            "" if one.keep else bytes_text(plan.bytes.get(one.snapshot, 0)),
            "; ".join(one.reasons),
        )
        for one in reversed(plan.decisions)
    ]
    if rows:
        yield table(("snapshot", "what", "size", "because"), rows)


def _all(lines: Sequence[str], *, of: int | None = None) -> Iterator[str]:
    """All lines, where the sentence before has not told them all; at most twenty."""
    if len(lines) <= _TOLD:
        return
    yield from (f"  {visible(line)}" for line in lines[:_SHOWN])
    more = (len(lines) if of is None else of) - _SHOWN
    if more > 0:
        yield f"  … {more:,} more"
