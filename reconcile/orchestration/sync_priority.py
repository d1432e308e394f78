"""Which task goes first where more are waiting than a pool has slots."""

from __future__ import annotations

from typing import Any

from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.utils.types import DagRunType

_BACKFILL = -1
_OTHERWISE = 0


class SyncPriority(PriorityWeightStrategy):
    """Syncs let all else go first, and those of a backfill let those of today go first.

    Of one weight Airflow takes the run with the earlier date: while months are filled in, nothing
    of today would ever have its turn in the pool that both copy in. Other tasks weigh 1 and more.
    """

    def get_weight(self, ti: Any) -> int:
        """The weight of a task instance, the heavier the sooner."""
        in_backfill = DagRunType.from_run_id(ti.run_id) is DagRunType.BACKFILL_JOB
        return _BACKFILL if in_backfill else _OTHERWISE
