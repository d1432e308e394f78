"""What came of each step with snapshots, in one line: a task's log and a command say the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from reconcile.report.numbers import bytes_text, counted, rows_text, seconds_text
from reconcile.report.printable import visible
from reconcile.report.snapshot_words import span_text

_SHOWN = 3


def created_sentence(
    id: str | None,
    *,
    objects: int,
    size: int,
    read: int,
    new_bytes: int,
    healed: int,
    reasons: Sequence[str],
    seconds: float,
) -> str:
    """What a create saved.

    Args:
        id: The snapshot's; None where it is only rehearsed.
        objects: That it holds.
        size: Their bytes.
        read: Objects that were read, since no earlier snapshot holds them.
        new_bytes: Bytes of content that were new to the repository.
        healed: Pieces that the repository had lost and has again.
        reasons: Why it is inconsistent; none where it is not.
        seconds: How long it took.
    """
    held = f"{counted(objects, 'object')}, {bytes_text(size)}"
    if id is None:
        return f"Nothing was saved: a snapshot would hold {held}, of which {read:,} would be read."
    told = f"Snapshot {id}: {held}; {read:,} read, {bytes_text(new_bytes)} new"
    if healed:
        told += f", {counted(healed, 'lost piece')} stored again"
    told += f" ({seconds_text(seconds)})."
    return f"{told} It is inconsistent: {first_few(reasons)}" if reasons else told


def verified_sentence(
    *,
    snapshots: int,
    read_bytes: int,
    size: int,
    damaged: Sequence[str],
    problems: Sequence[str],
    seconds: float,
) -> str:
    """What a verification read, and what it found.

    Args:
        snapshots: Whose manifests were checked.
        read_bytes: Bytes of content that were read.
        size: Bytes of content that there are.
        damaged: What is damaged, a line each.
        problems: What is wrong with the ledger and with manifests, a line each.
        seconds: How long it took.
    """
    told = (
        f"{counted(snapshots, 'snapshot')} checked; {bytes_text(read_bytes)} of {bytes_text(size)} "
        f"of content read ({seconds_text(seconds)})"
    )
    wrong = [*problems, *damaged]
    if wrong:
        return f"{told}. Not as it was stored: {first_few(wrong)}"
    return f"{told}: nothing is damaged in what was read."


def copied_sentence(
    id: str, *, to: str, objects: int, new_bytes: int, already: bool, seconds: float
) -> str:
    """Where a snapshot was copied to; `already` where it was there before."""
    if already:
        return f"Snapshot {id} is at {visible(to)} already."
    return (
        f"Snapshot {id} is at {visible(to)} and proven equal: {counted(objects, 'object')}, "
        f"{bytes_text(new_bytes)} new ({seconds_text(seconds)})."
    )


def pruned_sentence(
    where: str,
    *,
    kept: int,
    removed: Sequence[str],
    swept: int,
    swept_bytes: int,
    marked: int,
    locked: int,
    notes: Sequence[str],
    rehearsed: bool = False,
) -> str:
    """What the retention let go of a repository.

    Args:
        where: The repository.
        kept: Snapshots that stay.
        removed: Ids of those that went.
        swept: Pieces of content that were removed.
        swept_bytes: Their bytes.
        marked: Pieces that no snapshot holds, and that go when the grace has passed.
        locked: What the store does not let go yet.
        notes: What did not happen, and why.
        rehearsed: Whether nothing of it was done.
    """
    would = "would be " if rehearsed else ""
    told = f"{visible(where)}: {counted(kept, 'snapshot')} kept"
    told += f", {len(removed):,} {would}removed: {_names(removed)}" if removed else ", none removed"
    told += f"; {counted(swept, 'piece')} of content {would}removed, {bytes_text(swept_bytes)}"
    if marked:
        told += f"; {marked:,} go later" if not rehearsed else f"; {marked:,} would go later"
    if locked:
        told += f"; {locked:,} locked by the store"
    return f"{told}. {first_few(notes)}".rstrip()


def restored_sentence(
    id: str,
    *,
    to: str,
    rehearsal: bool,
    objects: int,
    size: int,
    rows: int,
    written: int,
    replaced: int,
    already: int,
    erased: int,
    extras: Sequence[str],
    extra_objects: int,
    conflicts: Sequence[str],
    conflicting_objects: int,
    passed_over: Sequence[str],
    problems: Sequence[str],
    seconds: float,
    keeping: Sequence[str] = (),
    keeping_objects: int = 0,
) -> str:
    """What a restore did, or would do.

    Args:
        id: The snapshot's.
        to: Where it was restored to.
        rehearsal: Whether nothing was written.
        objects: Objects that were asked for.
        size: Their bytes.
        rows: Their rows.
        written: Objects that were written.
        replaced: Of them, those that took another's place.
        already: Objects that lay there already.
        erased: Rows that do not come back.
        extras: Objects that lie there besides, the first of them.
        extra_objects: How many there are.
        conflicts: Objects that lie in the way, the first of them.
        conflicting_objects: How many there are.
        passed_over: Newer snapshots that were not taken, and why, a line each.
        problems: What is wrong with what was restored, a line each.
        seconds: How long it took.
        keeping: Objects that the erasure list cannot be applied to, the first of them.
        keeping_objects: How many there are.
    """
    would, held = ("would be ", "Nothing was written: snapshot") if rehearsal else ("", "Snapshot")
    told = (
        f"{held} {id}, {counted(objects, 'object')}, {bytes_text(size)}, "
        f"{rows_text(rows)}: {written:,} {would}written to {visible(to)}"
    )
    told += f", {replaced:,} of them in another's place" if replaced else ""
    told += f", {already:,} there already" if already else ""
    told += f", {rows_text(erased)} {would}erased" if erased else ""
    parts = [f"{told} ({seconds_text(seconds)})."]
    if conflicting_objects:
        lie = "lies" if conflicting_objects == 1 else "lie"
        names = _names(conflicts, conflicting_objects)
        parts.append(f"{counted(conflicting_objects, 'object')} {lie} in the way: {names}.")
    if extra_objects:
        names, number = _names(extras, extra_objects), counted(extra_objects, "object")
        parts.append(f"{number} there besides, left alone: {names}.")
    if keeping_objects:
        parts.append(kept_listed_sentence(keeping, keeping_objects))
    if passed_over:
        parts.append(first_few(passed_over))
    if problems:
        parts.append(f"Not as the snapshot says: {first_few(problems)}")
    elif not rehearsal and erased:
        parts.append("Every row that is not on the erasure list is as the snapshot says.")
    elif not rehearsal:
        parts.append("Every byte and every row is as the snapshot says.")
    return " ".join(parts)


def drilled_sentence(
    snapshot: str,
    *,
    objects: int,
    size: int,
    rows: int,
    proof: str,
    problems: Sequence[str],
    seconds: float,
    age_seconds: float,
) -> str:
    """What a drill restored, and whether it is right.

    Args:
        snapshot: The one that the lot fell on.
        objects: Objects that were restored.
        size: Their bytes.
        rows: Their rows.
        proof: How it was reconciled, a sentence.
        problems: What is wrong, a line each.
        seconds: Recovery time.
        age_seconds: Recovery point.
    """
    if problems:
        took = seconds_text(seconds)
        return f"The drill of snapshot {snapshot} failed after {took}: {first_few(problems)}"
    return (
        f"Snapshot {snapshot}, {counted(objects, 'object')}, {bytes_text(size)}, "
        f"{rows_text(rows)}: recovery time {seconds_text(seconds)}, "
        f"recovery point {span_text(timedelta(seconds=age_seconds))}. {visible(proof)}"
    )


def kept_listed_sentence(names: Sequence[str], objects: int) -> str:
    """That an erasure list could not be applied to some objects, of which names are the first."""
    are = "is" if objects == 1 else "are"
    told = f"The erasure list is not applied to {counted(objects, 'object')} that {are} no Parquet"
    return f"{told}: {_names(names, objects)}."


def _names(names: Sequence[str], objects: int | None = None) -> str:
    """The first few of some names, of so many objects."""
    more = (len(names) if objects is None else objects) - _SHOWN
    told = ", ".join(visible(name) for name in names[:_SHOWN])
    return told if more <= 0 else f"{told} and {more:,} more"


def first_few(lines: Sequence[str]) -> str:
    """The first lines of a list as sentences, and how many more there are."""
    shown = [f"{visible(line).rstrip('.')}." for line in lines[:_SHOWN]]
    more = len(lines) - len(shown)
    return " ".join([*shown, f"And {more:,} more."] if more > 0 else shown)
