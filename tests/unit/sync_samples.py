"""Small reports on syncs to look at: windows of flights whose accounts balance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reconcile.history.completeness import Standing, StandingState
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import Equality, WindowState
from reconcile.model.traffic import Traffic
from reconcile.model.window import Grain, Window
from reconcile.report.sync_content import (
    SyncFigures,
    SyncReport,
    SyncStatusReport,
    SyncTrouble,
    SyncWindowReport,
)

NOON = datetime(2013, 2, 1, 12, tzinfo=UTC)


def figures(**counts: int) -> SyncFigures:
    """Figures that balance: what is copied and replaced was streamed, what was proved compared."""
    parts = ("kept", "proved", "copied", "replaced", "accepted", "absent", "different", "unproven")
    objects = sum(counts.get(part, 0) for part in parts)
    written = counts.get("copied", 0) + counts.get("replaced", 0)
    every = {
        "objects": objects,
        "bytes": objects * 1_000_000,
        "written_bytes": written * 1_000_000,
        "streamed": written - counts.get("server_side", 0),
        "compared": counts.get("proved", 0),
    }
    return SyncFigures(**(every | counts))


def synced(
    name: str = "2013-01-05", did: SyncFigures | None = None, **other: Any
) -> SyncWindowReport:
    did = did or figures(copied=65)
    parts: dict[str, Any] = {
        "run_id": f"run-{name}",
        "state": WindowState.INCOMPLETE if did.undone else WindowState.COMPLETE,
        "started_at": datetime(2013, 1, 6, 10, 0, 5, tzinfo=UTC),
        "finished_at": datetime(2013, 1, 6, 10, 0, 14, tzinfo=UTC),
        "origin_location": f"s3://ops/flights/{name}",
        "destination_location": f"az://copy/flights/{name}",
        "figures": did,
        "traffic": {Side.SOURCE: Traffic(70, 65_000_000), Side.TARGET: Traffic(140, 31_234)},
        "seconds": 8.75,
    }
    return SyncWindowReport(name, **(parts | other))


def empty(name: str) -> SyncWindowReport:
    return synced(name, SyncFigures(), state=WindowState.EMPTY)


def failed(name: str, error: str) -> SyncWindowReport:
    return SyncWindowReport(name, run_id=f"run-{name}", state=None, error=error)


def trouble(
    name: str = "part-0.parquet",
    equality: Equality = Equality.ABSENT,
    reason: str = "the name is too long for Blob Storage",
) -> SyncTrouble:
    return SyncTrouble(name, equality, reason)


def sync_report(*windows: SyncWindowReport, **other: Any) -> SyncReport:
    parts: dict[str, Any] = {
        "dataset": "flights",
        "origin": Side.SOURCE,
        "destination": Side.TARGET,
        "made_at": NOON,
        "watermark": "2013-01-05",
    }
    return SyncReport(windows=windows or (synced(),), **(parts | other))


def day(name: str) -> Window:
    local = datetime.fromisoformat(name)
    start = local.replace(tzinfo=UTC)
    return Window(start, start + timedelta(days=1), name, local, Grain.DAY)


def standings(
    first: str, last: str, others: Mapping[str, tuple[StandingState, str]] | None = None
) -> tuple[Standing, ...]:
    """Days that are complete, but for some that stand as they are said to."""
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    names = [str(date.fromisoformat(first) + timedelta(days=n)) for n in range(days)]
    complete = (StandingState.COMPLETE, "")
    return tuple(Standing(day(name), *(others or {}).get(name, complete)) for name in names)


def status(*stand: Standing, **other: Any) -> SyncStatusReport:
    parts: dict[str, Any] = {
        "dataset": "flights",
        "origin": Side.SOURCE,
        "destination": Side.TARGET,
        "made_at": NOON,
        "looked": True,
    }
    return SyncStatusReport(standings=stand, **(parts | other))
