"""The JSON that `reconcile sync` and `reconcile report --format json` print of a sync."""

from __future__ import annotations

from typing import Any

from reconcile.history.completeness import Hole, holes
from reconcile.report.json_document import cost_of, instant_of
from reconcile.report.sync_accounts import require_sync_balance, total_figures
from reconcile.report.sync_content import (
    SyncReport,
    SyncStatusReport,
    SyncTrouble,
    SyncWindowReport,
)
from reconcile.report.sync_standings import counts, is_complete
from reconcile.report.sync_wire import sync_sides


def sync_json_document(report: SyncReport) -> dict[str, Any]:
    """The report as plain values, ready for `json.dumps`.

    A window's `state` is `complete`, `incomplete` or `empty`; null where its run did not come so
    far, beside its `error`. `complete` says whether every window is.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_sync_balance(report)
    return {
        "dataset": report.dataset,
        "kind": "sync",
        "origin": report.origin.value,
        "destination": report.destination.value,
        "complete": all(window.state == "complete" for window in report.windows),
        "watermark": report.watermark,
        "objects": dict(vars(total_figures(report.windows))),
        "cost": cost_of(sync_sides(report.windows, report), report.prices),
        "windows": [_window(window, report) for window in report.windows],
    }


def sync_status_json_document(status: SyncStatusReport) -> dict[str, Any]:
    """The status as plain values, ready for `json.dumps`."""
    return {
        "dataset": status.dataset,
        "origin": status.origin.value,
        "destination": status.destination.value,
        "complete": is_complete(status.standings),
        "looked": status.looked,
        "watermark": status.watermark,
        "counts": {state.value: number for state, number in counts(status.standings).items()},
        "holes": [_hole(hole, status) for hole in holes(status.standings)],
        "windows": [
            {"window": one.window.name, "state": one.state.value, "reason": one.reason}
            for one in status.standings
        ],
    }


def _window(window: SyncWindowReport, report: SyncReport) -> dict[str, Any]:
    return {
        "window": window.window,
        "run_id": window.run_id,
        "state": None if window.state is None else window.state.value,
        "objects": None if window.figures is None else dict(vars(window.figures)),
        "not_done": [_trouble(trouble) for trouble in window.troubles],
        "deletes_stopped": window.deletes_stopped,
        "locations": {
            report.origin.value: window.origin_location,
            report.destination.value: window.destination_location,
        },
        "requests": {side.value: one.requests for side, one in window.traffic.items()},
        "bytes_read": {side.value: one.bytes for side, one in window.traffic.items()},
        "cost": cost_of(sync_sides([window], report), report.prices),
        "seconds": window.seconds,
        "report": window.report,
        "started_at": instant_of(window.started_at),
        "finished_at": instant_of(window.finished_at),
        "error": window.error,
    }


def _hole(hole: Hole, status: SyncStatusReport) -> dict[str, Any]:
    names = [standing.window.name for standing in hole.standings]
    return {
        "span": hole.span,
        "state": hole.state.value,
        "windows": names,
        "not_done": {
            name: {
                "objects": status.undone[name].objects,
                "first": [_trouble(trouble) for trouble in status.undone[name].troubles],
            }
            for name in names
            if name in status.undone
        },
    }


def _trouble(trouble: SyncTrouble) -> dict[str, str]:
    return {"name": trouble.name, "what": trouble.equality.value, "reason": trouble.reason}
