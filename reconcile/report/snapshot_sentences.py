"""What came of each step with snapshots, in one line: a task's log and a command say the same."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.report.numbers import bytes_text, counted, seconds_text
from reconcile.report.printable import visible

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


def removed_sentence(*, kept: int, removed: Sequence[str]) -> str:
    """Which snapshots the retention let go."""
    stay = f"{counted(kept, 'snapshot')} kept"
    if not removed:
        return f"{stay}, none removed."
    more = "" if len(removed) <= _SHOWN else f" and {len(removed) - _SHOWN:,} more"
    return f"{stay}, {len(removed):,} removed: {', '.join(removed[:_SHOWN])}{more}."


def first_few(lines: Sequence[str]) -> str:
    """The first lines of a list as sentences, and how many more there are."""
    shown = [f"{visible(line).rstrip('.')}." for line in lines[:_SHOWN]]
    more = len(lines) - len(shown)
    return " ".join([*shown, f"And {more:,} more."] if more > 0 else shown)
