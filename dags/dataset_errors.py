"""Shows what is wrong with dataset files as an import error of Airflow; makes no DAG itself."""

from reconcile.orchestration.daily_reconciliation import daily_reconciliation
from reconcile.orchestration.declared_datasets import refuse_broken_datasets
from reconcile.orchestration.historical_sync import historical_sync
from reconcile.orchestration.reconciliation_on_arrival import reconciliation_on_arrival
from reconcile.orchestration.restore import restore
from reconcile.orchestration.restore_drill import restore_drill
from reconcile.orchestration.snapshot_backup import snapshot_backup

_FAMILIES = [
    daily_reconciliation,
    reconciliation_on_arrival,
    historical_sync,
    snapshot_backup,
    restore_drill,
    restore,
]

refuse_broken_datasets(__file__, _FAMILIES)
