"""
Copies what the destination of DATASET lacks of one window, object by object, and proves every copy
equal. Nothing is there before it is proven, and what is proven is not copied again.

### When to use it
It runs by itself where the dataset's `sync` block has a schedule. Start it by hand for an older
window, after a report that says what is missing, or as a backfill to fill months.

### Which window
Name it in the form, or give the run a date: the day you name is the day that is copied, in every
time zone. Without either it is the last complete window. A span is a backfill, a run a window: the
form has it (*Backfill* instead of *Single Run*), forwards or backwards, and so has a terminal:

- one window: `airflow dags trigger historical_sync__DATASET --conf '{"window": "2013-01-05"}'`
- many: `airflow backfill create --dag-id historical_sync__DATASET --from-date 2013-01-01
  --to-date 2013-01-31`, the newest first with `--run-backwards`
- one, here and now, without the scheduler: `airflow dags test historical_sync__DATASET 2013-01-05`

Where another run is at work on the window, `plan` is tried again, three times within twenty
minutes or so; when that run has ended in between, this one finds everything proven, copies nothing
and ends well.

Where the dataset says when a partition is whole (`ready`), the origin's is waited for first.

### How it ends
`report` fails when the window is not complete: its error says what is missing, why, and what to do.
Everything that could be copied has been by then. `commit` has told the destination's Asset that
the window is there, if it is, and who follows that Asset begins: a `reconciliation_on_arrival`
compares this very window next.

A scheduled run then looks at earlier windows (`earlier`). Where late or rewritten data lies it
synchronises them, each in a run of its own, and `caught_up` fails when one of them is not complete;
neither says anything about this run's own window.

### Deletes
More than the dataset's brake lets go is deleted only where somebody says why in the form's field
*Approve deletes*. Until then nothing at all is deleted, and the window is not complete.

### How to resume
Clear the failed task and what comes after it: copying goes on where it stopped, inside an object
too. Clear `plan` when the origin has changed since. Running a window twice does no harm.
"""

from reconcile.orchestration.declared_datasets import dags_of
from reconcile.orchestration.historical_sync import historical_sync

for dag in dags_of(__file__, historical_sync, page=__doc__):
    globals()[dag.dag_id] = dag
