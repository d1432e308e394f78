"""Shows what is wrong with dataset files as an import error of Airflow; makes no DAG itself."""

from reconcile.orchestration.daily_reconciliation import daily_reconciliation
from reconcile.orchestration.declared_datasets import refuse_broken_datasets
from reconcile.orchestration.historical_sync import historical_sync
from reconcile.orchestration.reconciliation_on_arrival import reconciliation_on_arrival

refuse_broken_datasets(__file__, [daily_reconciliation, reconciliation_on_arrival, historical_sync])
