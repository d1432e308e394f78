"""Small reports on snapshots to look at: five weeks of flights, thinned as a policy would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import (
    Consistency,
    Decision,
    Hold,
    LedgerAction,
    LedgerLine,
    LockRules,
    Manifest,
    Objectives,
    Protection,
    RepositoryPlace,
    Retention,
    Segment,
    SnapshotRules,
    Standing,
)
from reconcile.report.snapshot_content import RepositoryAccount, SnapshotReport

NOON = datetime(2013, 2, 6, 12, tzinfo=UTC)
RULES = SnapshotRules(
    of=Side.TARGET,
    repository=RepositoryPlace("s3://backup/flights", lock=LockRules(35)),
    copy=RepositoryPlace("az://backup/flights"),
    schedule="0 7 * * *",
    drill="0 9 * * 0",
    retention=Retention(daily=7, weekly=5, monthly=12),
    objectives=Objectives(timedelta(hours=26), timedelta(hours=4)),
)


def manifest(taken_at: datetime, **other: Any) -> Manifest:
    """65 objects of a gigabyte together, `new_bytes` of them new."""
    parts: dict[str, Any] = {
        "id": f"{taken_at:%Y%m%dT%H%M%SZ}-flights-1f3a9c2e",
        "dataset": "flights",
        "repository": "5f0c",
        "side": Side.TARGET,
        "location": "az://copy/flights",
        "started_at": taken_at - timedelta(seconds=40),
        "taken_at": taken_at,
        "segments": (Segment("ab" * 32, 4000, 65, 10**9, 1_200_000, "a", "z"),),
        "new_bytes": 30_000_000,
    }
    return Manifest(**(parts | other))


def standing(taken_at: datetime, *, good: bool = True, **other: Any) -> Standing:
    """A snapshot; what the manifest has besides its defaults is given as `of`."""
    of = other.pop("of", {})
    verified = taken_at + timedelta(minutes=9) if good else None
    parts: dict[str, Any] = {"verified_at": verified, "copies": ("77aa",) if good else ()}
    return Standing(manifest(taken_at, **of), **(parts | other))


def line(
    action: LedgerAction, at: datetime, details: Mapping[str, Any], snapshot: str | None = None
) -> LedgerLine:
    """A line of the ledger; its chain is of no concern to a report."""
    return LedgerLine(1, "0" * 64, at, action, "flights", snapshot, "mia@ops1", details, "1" * 64)


def thinned(now: datetime = NOON) -> tuple[Standing, ...]:
    """Daily for a week, weekly before; one damaged, one held, one inconsistent, one restored."""
    days = [*range(33, 6, -7), *range(6, -1, -1)]
    some = []
    for days_ago in days:
        at = (now - timedelta(days=days_ago)).replace(hour=7)
        if days_ago == 5:
            some.append(standing(at, damaged=("day=2013-01-05/part-0.parquet: a chunk is gone",)))
        elif days_ago == 19:
            hold = Hold("audit of January, case 4711", "mia@ops1", at + timedelta(days=1))
            some.append(standing(at, holds=(hold,)))
        elif days_ago == 3:
            reasons = ("day=2013-02-03 changed while it was read",)
            of = {"consistency": Consistency.INCONSISTENT, "reasons": reasons}
            some.append(standing(at, good=False, of=of))
        elif days_ago == 2:
            some.append(standing(at, restored_at=at + timedelta(days=1)))
        else:
            some.append(standing(at))
    return tuple(some)


def sample(
    standings: tuple[Standing, ...] | None = None,
    *,
    lines: tuple[LedgerLine, ...] | None = None,
    repository: Mapping[str, Any] | None = None,
    **other: Any,
) -> SnapshotReport:
    """A report, of `thinned` snapshots unless others are given."""
    some = thinned() if standings is None else standings
    parts: dict[str, Any] = {
        "dataset": "flights",
        "location": "az://copy/flights",
        "timezone": "America/New_York",
        "rules": RULES,
        "made_at": NOON,
        "repository": RepositoryAccount(
            **{
                "location": "s3://backup/flights",
                "id": "5f0c",
                "standings": some,
                "lines": proofs(some) if lines is None else lines,
                "protection": {
                    one.manifest.id: Protection(one.manifest.taken_at + timedelta(days=35))
                    for one in some
                },
                **(repository or {}),
            }
        ),
        "copy": RepositoryAccount("az://backup/flights", id="77aa", standings=some),
        "decisions": tuple(
            Decision(one.manifest.id, keep=True, reasons=("daily 2013-02-06",)) for one in some
        ),
    }
    return SnapshotReport(**(parts | other))


def proofs(standings: tuple[Standing, ...]) -> tuple[LedgerLine, ...]:
    """A verification of every good snapshot, one of all data, and a drill that went well."""
    lines = [
        line(
            LedgerAction.VERIFY,
            one.verified_at,
            {"read": 0.05, "objects": 65, "bytes": 50_000_000, "damaged_objects": 0},
            one.manifest.id,
        )
        for one in standings
        if one.verified_at is not None
    ]
    full = {"read": "all", "objects": 65, "bytes": 10**9, "damaged_objects": 0}
    drill = {"seconds": 754.2, "age_seconds": 86_400, "rows": 1_200_000, "verdict": "matched"}
    if not lines:
        return ()
    lines.append(line(LedgerAction.VERIFY, NOON - timedelta(days=2), full))
    lines.append(
        line(LedgerAction.DRILL, NOON - timedelta(days=1), drill, standings[-3:][0].manifest.id)
    )
    return tuple(sorted(lines, key=lambda one: one.at))
