"""A run of Airflow's, and what of ours belongs to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from reconcile.model.run import RunKind, new_run_id

DAILY_RECONCILIATION = "daily_reconciliation"
RECONCILIATION_ON_ARRIVAL = "reconciliation_on_arrival"
HISTORICAL_SYNC = "historical_sync"
_FAMILIES = {
    DAILY_RECONCILIATION: RunKind.RECONCILIATION,
    RECONCILIATION_ON_ARRIVAL: RunKind.RECONCILIATION,
    HISTORICAL_SYNC: RunKind.SYNC,
}
SNAPSHOT_BACKUP = "snapshot_backup"
RESTORE_DRILL = "restore_drill"
RESTORE = "restore"
_OF_SNAPSHOTS = frozenset((SNAPSHOT_BACKUP, RESTORE_DRILL, RESTORE))
"""Their runs are no rows of `runs`: what they did is in the repository's ledger."""

PAGES = "reconcile"
"""Where our pages lie below Airflow's address."""


@dataclass(frozen=True)
class AirflowRun:
    """A run of one of our DAGs, whose ids are `<family>__<dataset>`.

    Attributes:
        dag_id: The DAG's id.
        run_id: Airflow's id of the run.
    """

    dag_id: str
    run_id: str

    @property
    def dataset(self) -> str:
        """The dataset that the DAG is about; empty where it is no DAG of ours.

        Others may name theirs as they like, and rights on those are no rights on ours.
        """
        family, _, dataset = self.dag_id.partition("__")
        return dataset if family in _FAMILIES or family in _OF_SNAPSHOTS else ""

    @property
    def of_snapshots(self) -> bool:
        """Whether the DAG is one of backups and restores."""
        return self.dag_id.partition("__")[0] in _OF_SNAPSHOTS

    @property
    def kind(self) -> RunKind | None:
        """What runs of ours behind it do; None where none are, or it is no DAG of ours.

        Rights on a DAG are rights on what it does, not on all that is done with its dataset.
        """
        return _FAMILIES.get(self.dag_id.partition("__")[0])

    def our_run_id(self, asked_at: datetime, *, window: str | None = None) -> str:
        """The id of our run: the same each time, so that a plan that was cleared repeats it.

        Args:
            asked_at: When the run was asked for, UTC: Airflow's `run_after`.
            window: Where one run of Airflow's has several of ours: the name of its window.
        """
        asked = [self.dag_id, self.run_id, *([] if window is None else [window])]
        digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
        return new_run_id(self.dataset, asked_at, digest[:12])

    def token(self, asked_at: datetime) -> str:
        """What tells apart what this run makes from what any other does, 12 hexadecimal digits."""
        return self.our_run_id(asked_at).rpartition("-")[2]

    @property
    def report(self) -> str:
        """Address of its report, relative to Airflow's own: Airflow may lie below a path."""
        return _address(self.dag_id, "dagRuns", self.run_id)

    def report_of(self, our_run_id: str) -> str:
        """Address of the report of one of our runs, where one of Airflow's has several."""
        return _address(self.dag_id, "runs", our_run_id)


def _address(dag_id: str, kind: str, run_id: str) -> str:
    return f"{PAGES}/dags/{quote(dag_id, safe='')}/{kind}/{quote(run_id, safe='')}/report"
