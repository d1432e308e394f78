"""
Restores a snapshot of DATASET, drawn by lot among the good ones, into a scratch place, reconciles
its rows with the original data, and clears the place. A backup that was never restored is a hope.

### When to use it
It runs by itself where the dataset's `snapshot` block says `drill`. Start it by hand after a change
of repository, key or connection, or when an auditor sits beside you.

- one, by the scheduler: `airflow dags trigger restore_drill__DATASET`
- one, here and now, without the scheduler: `airflow dags test restore_drill__DATASET`
- without Airflow: `reconcile snapshot drill DATASET`

### How it ends
`drill` fails when the snapshot cannot be restored, or when its rows are not those that were saved.
Either way the repository's ledger has a line of it, and the scratch place is empty again.
`report` fails with it and says why. Its report has the recovery time and the recovery point beside
what is wanted of them: behind the link in its log, and behind the button *Report* under its
details.

### How to resume
Clear `drill`: the same snapshot is restored again, while another run draws anew. A drill that
failed is a finding: look at the report, and at `reconcile snapshot verify DATASET --read all`,
before you draw until it fits.
"""

from reconcile.orchestration.declared_datasets import dags_of
from reconcile.orchestration.restore_drill import restore_drill

for dag in dags_of(__file__, restore_drill, page=__doc__):
    globals()[dag.dag_id] = dag
