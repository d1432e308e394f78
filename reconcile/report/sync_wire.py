"""What a sync asked of both sides' services, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.model.discrepancy import Side
from reconcile.report.sync_content import SyncReport, SyncWindowReport
from reconcile.report.wire import Taken, cost, together, told


def sync_sides(
    windows: Sequence[SyncWindowReport], report: SyncReport
) -> tuple[tuple[str, Taken], ...]:
    """What each side took in all windows together, and both; those left out were not counted."""
    return told({side: _taken(windows, side, report) for side in (Side.SOURCE, Side.TARGET)})


def asked(windows: Sequence[SyncWindowReport], report: SyncReport) -> tuple[tuple[str, Taken], ...]:
    """As `sync_sides`, without sides that lie here: nobody was asked for anything."""
    return tuple((name, part) for name, part in sync_sides(windows, report) if not part.is_here)


def _taken(windows: Sequence[SyncWindowReport], side: Side, report: SyncReport) -> Taken | None:
    begun = [window for window in windows if window.traffic or window.figures is not None]
    counted = [window for window in begun if side in window.traffic]
    if not counted or len(counted) < len(begun):
        return None
    return together([_of_window(window, side, report) for window in counted])


def _of_window(window: SyncWindowReport, side: Side, report: SyncReport) -> Taken:
    traffic = window.traffic[side]
    location = window.location(side, origin=report.origin)
    return Taken(traffic, cost(traffic, location, report.prices))
