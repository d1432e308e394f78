"""
Restores a snapshot of DATASET into a folder that you name: all of it, or some windows; into either
cloud, or a disk. Every byte is checked, and the rows are reconciled with what the snapshot says.

### When to use it
When data was lost or spoilt. It never runs by itself.

### The form
- *To*: where to. A folder of its own is the safest: look at what was restored, then decide.
- *Snapshot*: an id, or a time. Left empty, it is the newest good one; where a newer one is damaged,
  the log says so.
- *Windows*: one, or a span such as `2013-01-01/2013-02-01`, which ends before its second name.
- *From the copy*, where there is one: the second repository, for when the first is lost or damaged.
- *Replace*: without it, a restore that would overwrite something does nothing at all.
- *Rehearsal*: on, as it is at first, the run says what it would do, and writes nothing.
  Rehearse, read the log of `restore`, then start another run without it.

From a terminal:

- a rehearsal: `airflow dags trigger restore__DATASET --conf '{"to": "s3://bucket/restored"}'`
- the restore: `airflow dags trigger restore__DATASET --conf '{"to": "s3://bucket/restored",
  "window": "2013-01-05", "rehearsal": false}'`
- without Airflow: `reconcile snapshot restore DATASET --to s3://bucket/restored --dry-run`, and
  then without its last word

### How it ends
`restore` fails when something lies in the way, when a snapshot is damaged, or when the rows are not
those that were saved; its error says which, and what to do. Rows whose match key is in the
dataset's erasure list do not come back. Objects that lie in the folder and are not of the snapshot
are named, and left alone. `report` ends with it and says the same.

### How to resume
Clear `restore`: what is there already, with the right checksum, is kept, and the rest is restored.
"""

from reconcile.orchestration.declared_datasets import dags_of
from reconcile.orchestration.restore import restore

for dag in dags_of(__file__, restore, page=__doc__):
    globals()[dag.dag_id] = dag
