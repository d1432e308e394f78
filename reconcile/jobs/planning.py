"""What a run would read: the rehearsal of `reconcile run`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconcile.errors import ReconcileError
from reconcile.history.calendar import Calendar
from reconcile.jobs.pins import pin
from reconcile.jobs.setting import utc_now
from reconcile.model.dataset import Dataset
from reconcile.model.window import Window
from reconcile.state.runs import RunPartition
from reconcile.stores.clients import Clients
from reconcile.stores.opening import ENVIRONMENT


@dataclass(frozen=True)
class PlannedWindow:
    """What a run of one window would read.

    Attributes:
        window: Which.
        partitions: Each side's partition with its objects and bytes, source first.
        error: Why it would not come so far.
    """

    window: Window
    partitions: tuple[RunPartition, ...] = ()
    error: ReconcileError | None = None

    @property
    def exit_code(self) -> int:
        """0, or what the run would end with."""
        return 0 if self.error is None else self.error.exit_code

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "window": self.window.name,
            "inputs": {
                part.side.value: {
                    "location": part.location,
                    "objects": part.objects,
                    "bytes": part.bytes,
                }
                for part in self.partitions
            },
            "error": None if self.error is None else self.error.line(),
        }


def planned_windows(
    dataset: Dataset,
    windows: Sequence[Window],
    *,
    clients: Clients = ENVIRONMENT,
    now: Callable[[], datetime] = utc_now,
) -> tuple[PlannedWindow, ...]:
    """Lists both sides of every window. Nothing is written, no window is taken.

    Args:
        dataset: The dataset.
        windows: Which, in order.
        clients: Who signs in to the clouds.
        now: The clock.
    """
    return tuple(_planned(dataset, window, clients, now()) for window in windows)


def _planned(dataset: Dataset, window: Window, clients: Clients, now: datetime) -> PlannedWindow:
    try:
        Calendar.of(dataset).refuse_unended(window, now)
        return PlannedWindow(window, tuple(pin(dataset, window, clients).partitions({})))
    except ReconcileError as error:
        return PlannedWindow(window, error=error)
