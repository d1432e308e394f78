"""Which snapshots are kept and which may go, and why: a pure function.

Three ranks, and a lower one never takes the place of a higher one, whenever it is dated:

    good         consistent, verified, nothing wrong since, and recorded when it says it was taken
    unproven     nothing is known against it, but one of these is not known
    poor         inconsistent or damaged

`daily: 7` keeps the newest good snapshot of each of the seven newest days that have a good one.
Then it looks at the seven newest days that have a good or an unproven one, and keeps the newest
unproven one of those among them that have no good one; then likewise the poor ones. So whoever
can write snapshots, dated as they like, adds to what is kept and displaces nothing that was good.
Who can also have them verified displaces good ones of the same day, week, month or year only, and
none that `keep_within`, a tag or a hold keeps.

A snapshot of some windows only never displaces one of the whole dataset, nor one of other windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from reconcile.errors import BadInput
from reconcile.model.snapshot import Consistency, Decision, Retention, Standing


class Rank(IntEnum):
    """What a snapshot may displace: those of its own rank and of the lower ones."""

    GOOD = 0
    UNPROVEN = 1
    POOR = 2


def decided(
    standings: Sequence[Standing],
    policy: Retention,
    *,
    now: datetime,
    zone: str,
    complete: bool = True,
) -> tuple[Decision, ...]:
    """What a policy does with each snapshot, in the order given.

    Args:
        standings: All snapshots of one dataset in one repository, in any order.
        policy: Which are kept.
        now: When this is asked, with zone.
        zone: The dataset's time zone, whose days, weeks, months and years count.
        complete: Whether all snapshots and the whole ledger could be read; where not, nothing is
            removed.

    Raises:
        BadInput: There is no such time zone.
    """
    reasons: dict[str, list[str]] = {one.manifest.id: [] for one in standings}
    eligible = sorted(
        (one for one in standings if one.manifest.taken_at <= now),
        key=lambda one: (one.manifest.taken_at, one.manifest.id),
        reverse=True,
    )
    whole = [one for one in eligible if one.manifest.span is None]
    partial = [one for one in eligible if one.manifest.span is not None]
    for group in (whole, partial):
        for period, count, name_of in _periods(policy, _zone(zone)):
            _keep_periods(group, period, count, name_of, reasons)
    for one in standings:
        reasons[one.manifest.id] += _reasons_of_its_own(one, policy, now)
    for group in (whole, partial):
        _keep_newer_than_good(group, reasons)
    for group in (whole, eligible, [one for one in eligible if one.proven]):
        _keep_last(group, reasons)
    if policy == Retention():
        _add_to_all(reasons, "the policy removes nothing")
    if not complete:
        _add_to_all(reasons, "not all that is known of the snapshots could be read")
    return tuple(_decision(one, reasons[one.manifest.id]) for one in standings)


def rank(standing: Standing) -> Rank:
    """What a snapshot may displace."""
    consistent = standing.manifest.consistency is Consistency.CONSISTENT
    if not consistent or standing.damaged:
        return Rank.POOR
    return Rank.GOOD if standing.good else Rank.UNPROVEN


_NameOf = Callable[[datetime], str]


def _periods(policy: Retention, zone: ZoneInfo) -> Iterable[tuple[str, int, _NameOf]]:
    """The periods of a policy, how many of each, and what the one of an instant is called."""

    def named(pattern: str) -> _NameOf:
        return lambda instant: instant.astimezone(zone).strftime(pattern)

    return (
        ("daily", policy.daily, named("%Y-%m-%d")),
        ("weekly", policy.weekly, named("%G-W%V")),
        ("monthly", policy.monthly, named("%Y-%m")),
        ("yearly", policy.yearly, named("%Y")),
    )


def _keep_periods(
    group: Sequence[Standing],
    period: str,
    count: int,
    name_of: _NameOf,
    reasons: Mapping[str, list[str]],
) -> None:
    """Adds the reasons of one rule.

    Args:
        group: Newest first.
        period: What the rule is called.
        count: How many periods it keeps.
        name_of: What the period of an instant is called.
        reasons: By id; added to.
    """
    if count <= 0 or not group:
        return
    named = [(one, rank(one), name_of(one.manifest.taken_at)) for one in group]
    taken: set[tuple[str, tuple[str, str] | None]] = set()
    for of_rank in Rank:
        so_far = [(one, its, name) for one, its, name in named if its <= of_rank]
        newest = set(list(dict.fromkeys(name for _one, _its, name in so_far))[:count])
        for one, its, name in so_far:
            place = (name, one.manifest.span)
            if its is of_rank and name in newest and place not in taken:
                taken.add(place)
                why = "" if its is Rank.GOOD else ", for want of a good one"
                reasons[one.manifest.id].append(f"{period} {name}{why}")
    best = min(its for _one, its, _name in named)
    of_best = [(one, name) for one, its, name in named if its is best]
    oldest = of_best[-1][0].manifest.id
    if len({name for _one, name in of_best}) < count and not any(
        reason.startswith(period) for reason in reasons[oldest]
    ):
        reasons[oldest].append(f"the oldest, while there are fewer than {count} for {period}")


def _reasons_of_its_own(one: Standing, policy: Retention, now: datetime) -> Iterable[str]:
    """Why a snapshot is kept whatever the others are."""
    manifest = one.manifest
    if manifest.taken_at > now:
        yield "dated in the future: counts for nothing, and is kept"
    elif policy.keep_within is not None and now - manifest.taken_at <= policy.keep_within:
        yield f"within {_duration(policy.keep_within)}"
    yield from (f"tagged {tag}" for tag in policy.tags if tag in manifest.tags)
    yield from (f"held by {hold.by}: {hold.reason}" for hold in one.holds)


def _keep_last(group: Sequence[Standing], reasons: Mapping[str, list[str]]) -> None:
    """Keeps the newest of the best rank that there is."""
    if not group:
        return
    last = min(group, key=rank)
    reason = "the last good one" if rank(last) is Rank.GOOD else "none is good, and it is the last"
    if not reasons[last.manifest.id]:
        reasons[last.manifest.id].append(reason)


def _keep_newer_than_good(group: Sequence[Standing], reasons: Mapping[str, list[str]]) -> None:
    """Keeps what may still be verified: the unproven ones that are newer than the last good one."""
    ranks = [rank(one) for one in group]
    if Rank.GOOD in ranks:
        for one, its in zip(group, ranks[: ranks.index(Rank.GOOD)], strict=False):
            if its is Rank.UNPROVEN and not reasons[one.manifest.id]:
                reasons[one.manifest.id].append(
                    "newer than the last good one, and not verified yet"
                )


def _add_to_all(reasons: Mapping[str, list[str]], reason: str) -> None:
    for of_one in reasons.values():
        of_one.append(reason)


def _decision(one: Standing, reasons: Sequence[str]) -> Decision:
    if reasons:
        return Decision(one.manifest.id, True, tuple(reasons))
    why = {
        Rank.GOOD: "no rule keeps it",
        Rank.UNPROVEN: f"no rule keeps it, and it is unproven: {_doubt(one)}",
        Rank.POOR: f"no rule keeps it, and it is {_fault(one)}",
    }
    return Decision(one.manifest.id, False, (why[rank(one)],))


def _doubt(one: Standing) -> str:
    return "never verified" if one.verified_at is None else "recorded at another time than taken"


def _fault(one: Standing) -> str:
    return "damaged" if one.damaged else "inconsistent"


def _duration(span: timedelta) -> str:
    days, rest = divmod(span, timedelta(days=1))
    if not rest:
        return "1 day" if days == 1 else f"{days} days"
    hours = span / timedelta(hours=1)
    return f"{hours:g} hours"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(
            "unknown time zone", found=repr(name), expected="a name such as America/New_York or UTC"
        ) from error
