"""Which snapshot is restored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile.errors import BadInput, NotFound
from reconcile.model.snapshot import Consistency, Standing
from reconcile.snapshots.names import check_snapshot_id


@dataclass(frozen=True)
class Choice:
    """A snapshot to be restored.

    Attributes:
        standing: Which.
        passed_over: Why it is not a newer one, and what else should be known, a sentence each.
    """

    standing: Standing
    passed_over: tuple[str, ...]


def chosen(
    standings: Sequence[Standing],
    *,
    id: str | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Choice:
    """The snapshot that is meant.

    Without an id it is the newest good one of the time; inconsistent ones, those that were never
    verified and those that are backdated or dated in the future are passed over, and that is
    said. Where none is good, it is the newest that nothing is known against. Those of some windows
    only are passed over where any holds everything.

    Args:
        standings: All of the dataset's, oldest first.
        id: Which is meant; None leaves it to the time.
        at: The newest that is no younger is meant; None is now.
        now: When this is asked, with zone.

    Raises:
        NotFound: There is no such snapshot.
        BadInput: It is damaged; or the newest of the time is, and nobody said that an older one
            will do. Names the newest good one.
    """
    if id is not None:
        return _named(standings, id, now)
    until = now if at is None else min(at, now)
    of_the_time = [one for one in standings if one.manifest.taken_at <= until]
    if not of_the_time:
        raise NotFound(
            f"there is no snapshot as old as {until.isoformat(timespec='seconds')}",
            found=f"{len(standings)} snapshots" + _beginning(standings),
            next_step=f"see them with `reconcile snapshot list {_dataset(standings)}`",
        )
    eligible = widest(of_the_time)
    if eligible[-1].damaged:
        raise _refused(eligible[-1], _newest_good(eligible))
    choice = _newest_good(eligible) or _newest_fair(eligible)
    if choice is None:
        raise BadInput(
            "no snapshot of this time is consistent and undamaged",
            found=f"{len(eligible)} that are not",
            next_step="name one with `--at ID` to restore it all the same, if it is not damaged",
        )
    place = of_the_time.index(choice)
    future = [one for one in standings if one.manifest.taken_at > now]
    passed_over = [_why(one, now) for one in (*of_the_time[place + 1 :], *future)]
    return Choice(choice, (*passed_over, *_reserve(choice)))


def widest(standings: Sequence[Standing]) -> Sequence[Standing]:
    """The snapshots of everything; all of them where each holds some windows only."""
    return [one for one in standings if one.manifest.span is None] or standings


def _named(standings: Sequence[Standing], id: str, now: datetime) -> Choice:
    check_snapshot_id(id)
    found = next((one for one in standings if one.manifest.id == id), None)
    if found is None:
        raise NotFound(
            f"there is no snapshot {id}",
            found=f"{len(standings)} others",
            next_step=f"see them with `reconcile snapshot list {_dataset(standings)}`",
        )
    good = [one for one in standings if one.manifest.taken_at <= now]
    if found.damaged:
        raise _refused(found, _newest_good(good))
    return Choice(found, _reserve(found))


def _newest_good(standings: Sequence[Standing]) -> Standing | None:
    return next((one for one in reversed(standings) if one.good), None)


def _newest_fair(standings: Sequence[Standing]) -> Standing | None:
    """The newest that nothing is known against."""
    return next(
        (
            one
            for one in reversed(standings)
            if not one.damaged and one.manifest.consistency is Consistency.CONSISTENT
        ),
        None,
    )


def _refused(standing: Standing, good: Standing | None) -> BadInput:
    more = len(standing.damaged) - 1
    return BadInput(
        f"snapshot {standing.manifest.id} of {_moment(standing)} is damaged",
        found=standing.damaged[0] + (f", and {more} more" if more else ""),
        expected="one that was verified and is whole",
        next_step="there is no good one of this time: run `reconcile snapshot create`, which "
        "stores again what is missing and still at the origin"
        if good is None
        else f"restore {good.manifest.id} of {_moment(good)}, the newest good one, with `--at "
        f"{good.manifest.id}`",
    )


def _why(standing: Standing, now: datetime) -> str:
    """Why a newer one is not taken."""
    manifest = standing.manifest
    if manifest.taken_at > now:
        why = "is dated in the future"
    elif standing.damaged:
        why = f"is damaged: {standing.damaged[0]}"
    elif manifest.span is not None:
        why = f"holds {_windows(manifest.span)} only"
    elif manifest.consistency is not Consistency.CONSISTENT:
        why = f"is inconsistent: {manifest.reasons[0] if manifest.reasons else 'nobody said why'}"
    else:
        why = _doubt(standing)
    return f"Snapshot {manifest.id} of {_moment(standing)} is newer and {why}."


def _reserve(standing: Standing) -> tuple[str, ...]:
    """What should be known of the one that is taken."""
    manifest, told = standing.manifest, list[str]()
    if manifest.consistency is not Consistency.CONSISTENT:
        told.append(f"Snapshot {manifest.id} is inconsistent: {'; '.join(manifest.reasons)}.")
    elif not standing.good:
        told.append(f"Snapshot {manifest.id} {_doubt(standing)}.")
    if manifest.span is not None:
        told.append(f"Snapshot {manifest.id} holds {_windows(manifest.span)} only.")
    return tuple(told)


def _doubt(standing: Standing) -> str:
    """Why one that nothing is known against is not good."""
    if standing.backdated and standing.recorded_at is not None:
        return f"is backdated: the ledger knows it since {standing.recorded_at:%Y-%m-%d} only"
    return "was never verified"


def _windows(span: tuple[str, str]) -> str:
    first, last = span
    return f"window {first}" if first == last else f"windows {first} to {last}"


def _moment(standing: Standing) -> str:
    return standing.manifest.taken_at.isoformat(timespec="seconds")


def _dataset(standings: Sequence[Standing]) -> str:
    return standings[0].manifest.dataset if standings else "DATASET"


def _beginning(standings: Sequence[Standing]) -> str:
    return f", the oldest of {_moment(standings[0])}" if standings else ""
