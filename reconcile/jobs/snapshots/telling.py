"""What came of work on snapshots, in one sentence each: for a task's log and the command line."""

from __future__ import annotations

from reconcile.jobs.snapshots.creating.creation import Created
from reconcile.jobs.snapshots.drilling.drilling import Drilled
from reconcile.jobs.snapshots.proving.copying import Copied
from reconcile.jobs.snapshots.proving.verification import Verification
from reconcile.jobs.snapshots.pruning.pruned import Pruned
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.report.snapshot_sentences import (
    copied_sentence,
    created_sentence,
    drilled_sentence,
    first_few,
    pruned_sentence,
    restored_sentence,
    verified_sentence,
)


def created_told(made: Created) -> str:
    """What a create saved, or would save."""
    told = created_sentence(
        None if made.manifest is None else made.id,
        objects=made.objects,
        size=made.bytes,
        read=made.read,
        new_bytes=made.new_bytes,
        healed=made.healed,
        reasons=made.reasons,
        seconds=made.seconds,
    )
    return _with_notes(told, made.notes)


def verified_told(found: Verification) -> str:
    """What a verification read, and what it found."""
    return verified_sentence(
        snapshots=len(found.snapshots),
        read_bytes=found.read_bytes,
        size=found.bytes,
        damaged=[f"{one.id}: {line}" for one in found.snapshots for line in one.damaged],
        problems=found.problems,
        seconds=found.seconds,
    )


def copied_told(made: Copied) -> str:
    """Where a snapshot was copied to."""
    told = copied_sentence(
        made.id,
        to=made.to,
        objects=made.objects,
        new_bytes=made.new_bytes,
        already=made.already,
        seconds=made.seconds,
    )
    return _with_notes(told, made.notes)


def restored_told(done: Restored) -> str:
    """What a restore brought back, or would."""
    told = restored_sentence(
        done.id,
        to=done.to,
        rehearsal=done.rehearsal,
        objects=done.objects,
        size=done.bytes,
        rows=done.rows,
        written=done.written,
        replaced=done.replaced,
        already=done.already,
        erased=done.erased,
        extras=done.extras,
        extra_objects=done.extra_objects,
        conflicts=done.conflicts,
        conflicting_objects=done.conflicting_objects,
        passed_over=done.passed_over,
        problems=done.problems,
        seconds=done.seconds,
        keeping=done.keeping,
        keeping_objects=done.keeping_objects,
    )
    return _with_notes(told, done.notes)


def drilled_told(done: Drilled) -> str:
    """What a drill restored, and whether it is right."""
    return drilled_sentence(
        done.snapshot,
        objects=done.objects,
        size=done.bytes,
        rows=done.rows,
        proof=done.proof,
        problems=done.problems,
        seconds=done.seconds,
        age_seconds=done.age_seconds,
    )


def pruned_told(done: Pruned) -> str:
    """What the retention let go of a repository, or would."""
    return pruned_sentence(
        done.plan.repository,
        kept=len(done.plan.kept),
        removed=done.plan.removed if done.dry_run else done.removed,
        swept=done.swept,
        swept_bytes=done.swept_bytes,
        marked=done.marked,
        locked=done.locked,
        notes=done.notes,
        rehearsed=done.dry_run,
    )


def _with_notes(told: str, notes: tuple[str, ...]) -> str:
    return f"{told} {first_few(notes)}" if notes else told
