"""The sensor that waits for a window's partitions.

Parsed with every DAG: nothing heavy may be imported here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseSensorOperator, Context

from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side

_EVERY = timedelta(minutes=1)
# Only `poke` ends the wait, well: Airflow's own time-out would fail it. A run that somebody asks
# for may begin long before its window is due, by a schedule that ticks once a month or a year.
_NEVER = timedelta(days=10_000)


class WaitForWindow(BaseSensorOperator):
    """Waits until the partitions of the run's window are whole, or its time is up.

    It gives its slot back between two looks.

    Args:
        dataset: The dataset, which says when a partition counts as whole.
        sides: Those that are waited for.
        schedule: What makes a window due, from when its time counts; None for its end.
        options: What every task takes.
    """

    def __init__(
        self, *, dataset: Dataset, sides: Collection[Side], schedule: str | None, **options: Any
    ) -> None:
        super().__init__(mode="reschedule", poke_interval=_EVERY, timeout=_NEVER, **options)
        self._dataset = dataset
        self._sides = tuple(sides)
        self._schedule = schedule

    def poke(self, context: Context) -> bool:
        """Whether the run may go on."""
        # The SDKs: see the module's docstring.
        from reconcile.orchestration.readiness import is_ready

        return is_ready(self._dataset, context, sides=self._sides, schedule=self._schedule)
