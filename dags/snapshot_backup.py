"""
Saves DATASET as it is now into its repository: a snapshot, which is proven, copied and kept for as
long as the retention says. What the repository holds already costs nothing again.

### When to use it
It runs by itself where the dataset's `snapshot` block has a schedule. Start it by hand before
something risky, or to keep a day for longer: the form's *Tag* names the snapshot, and snapshots
whose tag the retention names stay.

A snapshot is of the moment at which it is taken, and never of a date: there are no backfills.

- one, by the scheduler: `airflow dags trigger snapshot_backup__DATASET`
- one that is kept: `airflow dags trigger snapshot_backup__DATASET --conf '{"tag": "closing"}'`
- one, here and now, without the scheduler: `airflow dags test snapshot_backup__DATASET`
- without Airflow: `reconcile snapshot create DATASET`, then `verify`, `copy` and `prune --apply`

### What its tasks do
- `create` lists what is there, saves what is new or changed, lists again, and writes the snapshot's
  manifest last. A partition that is being rewritten is waited for; where it does not come to rest,
  the snapshot says `inconsistent`, and nothing relies on it.
- `verify` checks every manifest and the ledger, and reads a share of the data again, another one
  each time.
- `copy` is there where the dataset has a second repository, of which it reads a share, too.
- `prune` removes the snapshots that the retention lets go, and content that no snapshot has held
  for a while. It does not run where a task before it failed.

### How it ends
`report` fails when a task before it failed, or when the snapshot is not good; its error says why,
and what to do next. Its report says what is protected, since when, and how that is known: behind
the link in its log, and behind the button *Report* under its details.

### How to resume
Clear the failed task and what comes after it. `create` goes on where it stopped, with the same
snapshot; once that is written, clearing `create` changes nothing: start another run for another
snapshot. Every task may be run twice.
"""

from reconcile.orchestration.declared_datasets import dags_of
from reconcile.orchestration.snapshot_backup import snapshot_backup

for dag in dags_of(__file__, snapshot_backup, page=__doc__):
    globals()[dag.dag_id] = dag
