"""
Compares both copies of DATASET for each window that has arrived, as soon as both are there.

### When to use it
It runs by itself when an event of either side's Asset names a window. It comes besides the daily
reconciliation and does the same; which of the two meets a window first makes no difference.

### Which windows
Every one that the events of the run name, each once: three events that Airflow gathered while a
run was busy are one run and three windows. A window whose other side is not there yet is left out:
that side's own event will bring it. An event names its window in its extra:

- in the task that wrote a side: `outlet_events[asset].extra = {"window": "2013-01-05"}`
- from anywhere: `POST /api/v2/assets/events` with `{"asset_id": 7, "extra": {"window":
  "2013-01-05"}}`

### How it ends
`verdict` fails when a window is `breached` or `indeterminate`, or when an event names no window;
all the others have been reconciled, routed and reported by then.

### How to resume
Clear `reconcile`: it reconciles the windows of the same events again, and none that later events
named; a window that an event named before it had ended is reconciled once it has. `verdict` cleared
alone judges what `reconcile` found. Another window is a matter of `daily_reconciliation__DATASET`:
a run of this DAG that no event started has nothing to do.
"""

from reconcile.orchestration.declared_datasets import dags_of
from reconcile.orchestration.reconciliation_on_arrival import reconciliation_on_arrival

for dag in dags_of(__file__, reconciliation_on_arrival, page=__doc__):
    globals()[dag.dag_id] = dag
