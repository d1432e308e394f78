"""
Compares both copies of a dataset for one window and says whether they are complete and equal.
Where they are not, every row of disagreement is set aside as a dead letter, with its reason.

### When to use it
It runs by itself once each window has ended. Start it by hand after a late delivery or a
correction, or to look at an older window again.

### Which window
Name it in the form, or give the run a date: the day you name is the day that is reconciled, in
every time zone. Without either it is the last complete window. A window that has not ended is
refused when it is named; a date within it stands for the last complete one. From a terminal:

- one window: `airflow dags trigger daily_reconciliation__DATASET --conf '{"window": "2013-01-05"}'`
- many: `airflow backfill create --dag-id daily_reconciliation__DATASET --from-date 2013-01-01
  --to-date 2013-01-31`
- one, here and now, without the scheduler: `airflow dags test daily_reconciliation__DATASET
  2013-01-05`

### How it ends
The task `verdict` fails when the copies differ by more than the dataset allows (`breached`), or
when nobody can say (`indeterminate`); the error in its log says why. Everything has been routed
and reported by then: the report is behind the link in that log, and behind the button *Report*
under the details of `report` and `verdict`.

### How to resume
Clear the failed task and what comes after it. Clearing `plan` begins the same run again and pins
the objects that are there now: do that after the data was corrected, or when a task says that
something it needs has not run. Running a window twice does no harm.
"""

from reconcile.orchestration.daily_reconciliation import daily_reconciliation
from reconcile.orchestration.declared_datasets import dags_of

for dag in dags_of(__file__, daily_reconciliation, page=__doc__):
    globals()[dag.dag_id] = dag
