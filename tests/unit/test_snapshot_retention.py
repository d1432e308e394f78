"""Which snapshots are kept: examples, attacks, laws, and forty policies for people to read.

The forty policies lie in `retention_golden.txt`. After a change that is meant, write it anew and
read what it changed:

    RETENTION_GOLDEN=write pytest tests/unit/test_snapshot_retention.py -k golden
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.model.snapshot import Consistency, Decision, Hold, Retention, Standing
from reconcile.snapshots.retention import Rank, decided, rank
from tests.unit.snapshot_values import standing

NEW_YORK = "America/New_York"
NOW = datetime(2013, 12, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INCONSISTENT = Consistency.INCONSISTENT


def at(text: str, *, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def good(*moments: str, zone: str = "UTC") -> list[Standing]:
    """Good snapshots, whose ids are when they were taken."""
    return [standing(moment, at(moment, zone=zone)) for moment in moments]


def kept(
    found: Iterable[Standing],
    policy: Retention,
    *,
    now: datetime = NOW,
    zone: str = "UTC",
    complete: bool = True,
) -> list[str]:
    decisions = decided(tuple(found), policy, now=now, zone=zone, complete=complete)
    return [one.snapshot for one in decisions if one.keep]


def reasons(found: Iterable[Standing], policy: Retention, id: str) -> tuple[str, ...]:
    decisions = decided(tuple(found), policy, now=NOW, zone="UTC")
    return next(one.reasons for one in decisions if one.snapshot == id)


def test_no_policy_keeps_everything() -> None:
    found = [*good("2010-01-01", "2013-01-01"), standing("x", NOW - DAY, damaged=("a",))]
    assert len(kept(found, Retention())) == 3


def test_the_newest_of_each_of_the_newest_days_is_kept() -> None:
    days = ("2013-01-01T07", "2013-01-05T07", "2013-01-05T19", "2013-01-09T07", "2013-01-09T08")
    assert kept(good(*days), Retention(daily=2)) == ["2013-01-05T19", "2013-01-09T08"]


def test_the_oldest_is_kept_while_there_are_too_few() -> None:
    found = good("2013-01-01", "2013-01-02", "2013-02-01", "2013-02-02")
    assert kept(found, Retention(monthly=3)) == ["2013-01-01", "2013-01-02", "2013-02-02"]
    assert kept(found, Retention(monthly=2)) == ["2013-01-02", "2013-02-02"]


def test_days_are_those_of_the_zone() -> None:
    """22:00 and 23:30 in New York are one day there, and two in UTC."""
    found = good("2013-01-05T22", "2013-01-05T23:30", zone=NEW_YORK)
    assert kept(found, Retention(daily=1), zone=NEW_YORK) == ["2013-01-05T23:30"]
    assert kept(found, Retention(daily=2), zone=NEW_YORK) == [one.manifest.id for one in found]
    early = good("2013-01-05T18", "2013-01-05T20", zone=NEW_YORK)
    assert kept(early, Retention(daily=2)) == ["2013-01-05T18", "2013-01-05T20"]


def test_a_day_of_25_hours_is_one_day() -> None:
    """The clock is put back at two: half past one is there twice, an hour apart."""
    first, second = (at("2013-11-03T01:30", zone=NEW_YORK, fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    found = [
        standing("begins", at("2013-11-03T00:00", zone=NEW_YORK)),
        standing("first", first),
        standing("second", second),
        standing("next", at("2013-11-04T00:00", zone=NEW_YORK)),
    ]
    assert kept(found, Retention(daily=1), zone=NEW_YORK) == ["next"]
    assert kept(found[:3], Retention(daily=1), zone=NEW_YORK) == ["second"]
    reason = decided(found, Retention(daily=2), now=NOW, zone=NEW_YORK)[2].reasons
    assert reason == ("daily 2013-11-03",)


def test_weeks_are_of_iso_and_go_over_the_year() -> None:
    found = good("2012-12-30", "2012-12-31", "2013-01-06", "2013-01-07")
    assert kept(found, Retention(weekly=3)) == ["2012-12-30", "2013-01-06", "2013-01-07"]
    assert reasons(found, Retention(weekly=3), "2013-01-06") == ("weekly 2013-W01",)
    assert reasons(found, Retention(weekly=3), "2012-12-30") == ("weekly 2012-W52",)


def test_a_leap_day_is_a_day() -> None:
    found = good("2012-02-28", "2012-02-29", "2012-03-01")
    assert kept(found, Retention(daily=2)) == ["2012-02-29", "2012-03-01"]


def test_within_goes_back_from_now_not_from_the_newest() -> None:
    found = good("2013-12-01", "2013-12-17T12", "2013-12-17T11:59")
    assert kept(found, Retention(keep_within=14 * DAY)) == ["2013-12-17T12"]
    assert kept(good("2013-12-01", "2013-12-02"), Retention(keep_within=DAY)) == ["2013-12-02"]


def test_tags_and_holds_keep() -> None:
    tagged = standing("tagged", NOW - 900 * DAY, tags=("x", "closing"))
    held = standing("held", NOW - 800 * DAY, holds=(Hold("audit", "ann", NOW),))
    found = [tagged, held, *good("2013-01-01", "2013-01-02")]
    policy = Retention(daily=1, tags=("closing",))
    assert kept(found, policy) == ["tagged", "held", "2013-01-02"]
    assert reasons(found, policy, "tagged") == ("tagged closing",)
    assert reasons(found, policy, "held") == ("held by ann: audit",)


def test_the_last_good_one_is_never_removed() -> None:
    old = standing("old", NOW - 900 * DAY)
    poor = [
        standing(f"p{number}", NOW - number * DAY, damaged=("a",) if number % 2 else ())
        for number in range(1, 5)
    ]
    found = [old, *(replace(one, verified_at=None) for one in poor)]
    assert "old" in kept(found, Retention(keep_within=DAY))
    assert reasons(found, Retention(keep_within=DAY), "old") == ("the last good one",)


def test_the_last_good_one_of_everything_is_kept_beside_newer_parts() -> None:
    part = standing("part", NOW - DAY, span=("2013-12-01", "2013-12-28"))
    found = [*good("2010-01-01"), part]
    assert kept(found, Retention(tags=("x",))) == ["2010-01-01", "part"]


def test_the_last_verified_one_is_kept_though_it_was_recorded_late() -> None:
    found = [
        standing("late", NOW - 9 * DAY, recorded_at=NOW),
        standing("unverified", NOW - DAY, verified=False),
    ]
    assert kept(found, Retention(tags=("x",))) == ["late", "unverified"]


def test_where_none_is_good_something_is_kept() -> None:
    found = [
        standing("damaged", NOW - 3 * DAY, damaged=("a",)),
        standing("unverified", NOW - 4 * DAY, verified=False),
    ]
    assert kept(found, Retention(tags=("x",))) == ["unverified"]
    assert kept(found[:1], Retention(tags=("x",))) == ["damaged"]


def test_nothing_is_removed_while_not_all_is_known() -> None:
    found = good("2013-01-01", "2013-01-02")
    assert len(kept(found, Retention(daily=1), complete=False)) == 2


def test_an_unknown_zone_is_refused() -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(BadInput, match="unknown time zone"):
            decided(good("2013-01-01"), Retention(daily=1), now=NOW, zone=zone)


# What whoever has the writer's key could do: add snapshots, dated as they like.

WEEK = [standing(f"good-{number}", NOW - number * DAY - timedelta(hours=5)) for number in range(7)]
THE_WEEK = {one.manifest.id for one in WEEK}
MANY = 100


def garbage(hours: Iterable[float], **changed: object) -> list[Standing]:
    """Snapshots that are so many hours old."""
    return [
        standing(f"bad-{number}", NOW - timedelta(hours=age), **changed)
        for number, age in enumerate(hours)
    ]


@pytest.mark.parametrize(
    "added",
    [
        garbage(-24 * n for n in range(1, MANY)),
        garbage((-24 * n for n in range(1, MANY)), tags=("x",)),
        garbage((n for n in range(MANY)), verified=False),
        garbage((24 * n for n in range(MANY)), verified=False),
        garbage((n / 10 for n in range(MANY)), verified=False),
        garbage((24 * n for n in range(MANY)), consistency=INCONSISTENT),
        garbage((24 * n for n in range(MANY)), damaged=("a",)),
        garbage((24 * n + 0.1 for n in range(2, MANY)), recorded_at=NOW),
        garbage((24 * n + 0.1 for n in range(MANY)), recorded_at=NOW + 365 * DAY),
        garbage((24 * n for n in range(MANY)), span=("2013-01-01", "2013-01-01")),
    ],
    ids=[
        *("future, verified", "future and tagged", "hourly unverified", "daily unverified"),
        *("a storm of today", "inconsistent", "damaged", "backdated, verified", "dated in advance"),
        *("a part of the data, verified",),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_snapshots_that_somebody_added_displace_no_good_one(
    added: list[Standing], order: int
) -> None:
    found = (WEEK + added)[::order]
    for policy in (
        Retention(daily=7),
        Retention(daily=7, keep_within=DAY),
        Retention(daily=7, weekly=2, tags=("x",)),
    ):
        assert set(kept(found, policy)) >= THE_WEEK


def test_verified_garbage_of_one_day_displaces_that_day_only() -> None:
    found = WEEK + garbage(n / 100 for n in range(MANY))
    assert set(kept(found, Retention(daily=7))) >= THE_WEEK - {"good-0"}
    assert set(kept(found, Retention(daily=7, keep_within=7 * DAY))) >= THE_WEEK


def test_what_was_added_does_not_stay_for_ever() -> None:
    added = garbage((n for n in range(24, 24 * 60)), verified=False)
    assert len(kept(WEEK + added, Retention(daily=7))) == 7


def test_a_day_without_a_good_one_keeps_its_newest_unverified_one() -> None:
    found = [
        *good("2013-12-01T07", "2013-12-03T07"),
        standing("early", at("2013-12-02T07"), verified=False),
        standing("late", at("2013-12-02T19"), verified=False),
        standing("damaged", at("2013-12-02T21"), damaged=("a",)),
    ]
    assert kept(found, Retention(daily=2)) == ["2013-12-01T07", "2013-12-03T07", "late"]


def test_what_was_just_taken_waits_for_its_verification() -> None:
    found = [*good("2013-12-30T07"), standing("new", at("2013-12-30T09"), verified=False)]
    assert kept(found, Retention(daily=1)) == ["2013-12-30T07", "new"]


def test_parts_of_the_data_are_kept_by_their_windows() -> None:
    january, february = ("2013-01-01", "2013-01-31"), ("2013-02-01", "2013-02-28")
    found = [
        *good("2013-03-01T01"),
        standing("january early", at("2013-03-01T05"), span=january),
        standing("january", at("2013-03-01T06"), span=january),
        standing("february", at("2013-03-01T07"), span=february),
    ]
    assert kept(found, Retention(daily=1)) == ["2013-03-01T01", "january", "february"]


def test_reasons_of_removal_say_what_it_was() -> None:
    found = [
        *good("2013-01-01"),
        standing("unverified", at("2013-01-02"), verified=False),
        standing("backdated", at("2013-01-03"), recorded_at=NOW),
        standing("damaged", at("2013-01-04"), damaged=("a",)),
        standing("torn", at("2013-01-05"), consistency=INCONSISTENT),
        *good("2013-01-06"),
    ]
    decisions = decided(found, Retention(daily=1), now=NOW, zone="UTC")
    assert [one.reasons for one in decisions] == [
        ("no rule keeps it",),
        ("no rule keeps it, and it is unproven: never verified",),
        ("no rule keeps it, and it is unproven: recorded at another time than taken",),
        ("no rule keeps it, and it is damaged",),
        ("no rule keeps it, and it is inconsistent",),
        ("daily 2013-01-06",),
    ]


# Laws.

policies = st.builds(
    Retention,
    daily=st.integers(0, 9),
    weekly=st.integers(0, 6),
    monthly=st.integers(0, 6),
    yearly=st.integers(0, 3),
    keep_within=st.none() | st.integers(0, 60).map(lambda days: days * DAY),
    tags=st.lists(st.sampled_from("xyz"), max_size=2, unique=True).map(tuple),
)
kinds = st.fixed_dictionaries(
    {
        "verified": st.booleans(),
        "damaged": st.sampled_from([(), (), ("a",)]),
        "consistency": st.sampled_from(Consistency),
        "tags": st.sampled_from([(), (), ("x",), ("y", "z")]),
        "span": st.sampled_from([None, None, None, ("a", "b"), ("b", "c")]),
        "holds": st.sampled_from([(), (), (), (Hold("why", "ann", NOW),)]),
        "late": st.sampled_from([0, 0, 0, 30]),
    }
)
histories = st.lists(st.tuples(st.integers(-300, 24 * 400), kinds), max_size=30).map(
    lambda made: [
        standing(
            f"s{number}",
            NOW - timedelta(hours=age),
            recorded_at=NOW - timedelta(hours=age) + kind["late"] * DAY,
            **{key: value for key, value in kind.items() if key != "late"},
        )
        for number, (age, kind) in enumerate(made)
    ]
)
zones = st.sampled_from(["UTC", NEW_YORK, "Pacific/Apia", "Australia/Lord_Howe"])


@settings(max_examples=100, deadline=None)
@given(histories, policies, zones)
def test_every_snapshot_is_decided_once_with_a_reason(
    found: list[Standing], policy: Retention, zone: str
) -> None:
    decisions = decided(found, policy, now=NOW, zone=zone)
    assert [one.snapshot for one in decisions] == [one.manifest.id for one in found]
    assert all(one.reasons and all(one.reasons) for one in decisions)


@settings(max_examples=100, deadline=None)
@given(histories, policies, zones)
def test_the_newest_good_one_the_held_and_the_future_are_kept(
    found: list[Standing], policy: Retention, zone: str
) -> None:
    stays = set(kept(found, policy, zone=zone))
    past = [one for one in found if one.manifest.taken_at <= NOW]
    for judged in (lambda one: one.good, lambda one: rank(one) is Rank.GOOD):
        proven = [one for one in past if judged(one)]
        if proven:
            newest = max(proven, key=lambda one: (one.manifest.taken_at, one.manifest.id))
            assert newest.manifest.id in stays
    assert {one.manifest.id for one in found if one.holds or one not in past} <= stays
    assert bool(stays) == bool(found)


@settings(max_examples=100, deadline=None)
@given(histories, policies, policies, zones)
def test_a_longer_policy_never_removes_more(
    found: list[Standing], policy: Retention, more: Retention, zone: str
) -> None:
    longer = Retention(
        daily=policy.daily + more.daily,
        weekly=policy.weekly + more.weekly,
        monthly=policy.monthly + more.monthly,
        yearly=policy.yearly + more.yearly,
        keep_within=max((policy.keep_within, more.keep_within), key=lambda one: one or -DAY),
        tags=(*policy.tags, *more.tags),
    )
    if policy != Retention():
        assert set(kept(found, policy, zone=zone)) <= set(kept(found, longer, zone=zone))


@settings(max_examples=100, deadline=None)
@given(histories, histories, policies, zones)
def test_what_is_not_good_never_displaces_what_is(
    found: list[Standing], others: list[Standing], policy: Retention, zone: str
) -> None:
    proven = [one for one in found if rank(one) is Rank.GOOD]
    added = [
        replace(one, manifest=replace(one.manifest, id=f"other-{one.manifest.id}"))
        for one in others
        if rank(one) is not Rank.GOOD or one.manifest.taken_at > NOW
    ]
    assert set(kept(proven, policy, zone=zone)) <= set(kept(proven + added, policy, zone=zone))


@settings(max_examples=50, deadline=None)
@given(histories, policies, zones)
def test_what_is_kept_is_kept_again_and_in_any_order(
    found: list[Standing], policy: Retention, zone: str
) -> None:
    stays = kept(found, policy, zone=zone)
    assert sorted(kept(found[::-1], policy, zone=zone)) == sorted(stays)
    remaining = [one for one in found if one.manifest.id in stays]
    assert kept(remaining, policy, zone=zone) == stays


# Forty policies over five years.

GOLDEN = Path(__file__).with_name("retention_golden.txt")
POLICIES = (
    Retention(),
    *(Retention(daily=number) for number in (1, 2, 7, 30)),
    *(Retention(weekly=number) for number in (1, 5, 26)),
    *(Retention(monthly=number) for number in (1, 6, 12, 60, 61)),
    *(Retention(yearly=number) for number in (1, 3, 5, 6, 10)),
    *(Retention(keep_within=span) for span in (timedelta(0), timedelta(hours=36), DAY, 14 * DAY)),
    *(Retention(tags=tags) for tags in (("closing",), ("closing", "trial"), ("nobody",))),
    Retention(daily=7, weekly=5),
    Retention(daily=7, weekly=5, monthly=12),
    Retention(daily=7, weekly=5, monthly=12, yearly=5),
    Retention(daily=7, monthly=12),
    Retention(daily=7, yearly=2),
    Retention(weekly=4, monthly=3),
    Retention(weekly=4, yearly=4),
    Retention(monthly=3, yearly=3),
    Retention(daily=1, weekly=1, monthly=1, yearly=1),
    Retention(daily=3, keep_within=7 * DAY),
    Retention(daily=3, tags=("closing",)),
    Retention(monthly=6, tags=("closing", "trial")),
    Retention(keep_within=3 * DAY, tags=("trial",)),
    Retention(daily=7, weekly=5, monthly=12, yearly=2, keep_within=14 * DAY, tags=("closing",)),
    Retention(daily=14, weekly=8, monthly=24, yearly=5, keep_within=5 * DAY),
)
_END = at("2013-12-31T12", zone=NEW_YORK)


def five_years() -> Sequence[Standing]:
    """Every day at seven in New York, with what goes wrong in five years."""
    found = []
    for number in range(5 * 365):
        day = datetime(2009, 1, 1, 7, tzinfo=ZoneInfo(NEW_YORK)) + number * DAY
        name = f"{day:%Y-%m-%d}"
        if (day.year, day.month) == (2011, 8):
            continue  # nobody backed up that month
        found.append(
            standing(
                name,
                day.astimezone(UTC),
                verified=number % 10 != 3,
                damaged=("found",) if number % 97 == 5 else (),
                consistency=INCONSISTENT if number % 41 == 7 else Consistency.CONSISTENT,
                tags=("closing",) if (day.month, day.day) == (1, 3) else (),
            )
        )
    evening = at("2013-12-30T23:30", zone=NEW_YORK)
    return (
        *found,
        standing("2010-06-15-held", at("2010-06-15T12"), holds=(Hold("audit", "ann", NOW),)),
        standing("2012-02-29-trial", at("2012-02-29T23:59", zone=NEW_YORK), tags=("trial",)),
        standing("2013-06-01-backdated", at("2013-06-01T20"), recorded_at=evening),
        standing("2013-12-29-partly", at("2013-12-29T20"), span=("2013-12-01", "2013-12-28")),
        standing("2013-12-30-evening", evening),
        standing("2013-12-31-new", at("2013-12-31T11:30", zone=NEW_YORK), verified=False),
        standing("2014-07-01-future", at("2014-07-01T07")),
    )


def described(policy: Retention) -> str:
    words = [
        f"{period} {count}"
        for period in ("daily", "weekly", "monthly", "yearly")
        if (count := getattr(policy, period))
    ]
    if policy.keep_within is not None:
        words.append(f"within {policy.keep_within / DAY:g} days")
    words += [f"tag {tag}" for tag in policy.tags]
    return ", ".join(words) or "no policy"


def told(found: Sequence[Standing], decisions: Sequence[Decision]) -> Iterable[str]:
    stays = [one for one in decisions if one.keep]
    goes = Counter(
        reason.removeprefix("no rule keeps it, and it is ")
        for one in decisions
        for reason in one.reasons
        if not one.keep
    )
    names = {Rank.GOOD: "", Rank.UNPROVEN: "unproven ", Rank.POOR: "poor "}
    ranks = {one.manifest.id: names[rank(one)] for one in found}
    yield f"    keeps {len(stays)} of {len(found)}"
    if len(stays) == len(found):
        yield from (f"    all: {reason}" for reason in set.intersection(*_sets(stays)))
    else:
        for one in sorted(stays, key=lambda one: one.snapshot, reverse=True):
            yield f"    {one.snapshot:22} {ranks[one.snapshot]:9} {'; '.join(one.reasons)}"
    for reason, count in sorted(goes.items(), key=lambda one: -one[1]):
        yield f"    removes {count:5}: {reason}"


def _sets(decisions: Sequence[Decision]) -> Iterable[set[str]]:
    return (set(one.reasons) for one in decisions)


def test_forty_policies_over_five_years_are_as_in_the_golden_file() -> None:
    found = five_years()
    assert len(POLICIES) == len(set(POLICIES)) == 40
    lines = [f"At {_END:%Y-%m-%d %H:%M} UTC, with days of {NEW_YORK}. See the test beside this."]
    for number, policy in enumerate(POLICIES, 1):
        lines += ["", f"{number}. {described(policy)}"]
        lines += told(found, decided(found, policy, now=_END, zone=NEW_YORK))
    text = "\n".join(lines) + "\n"
    if os.environ.get("RETENTION_GOLDEN") == "write":
        GOLDEN.write_text(text)
    assert text.splitlines() == GOLDEN.read_text().splitlines()
