"""What a step of a sync waits for before its work: a task takes each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from reconcile.model.run import SyncStep
from tests.dags.shipments import NEWEST, Shipments

_STEP = """
import json, sys
from pathlib import Path
from reconcile.config.datasets import find_dataset
step, datasets, day = sys.argv[1:]
dataset = find_dataset("shipments", Path(datasets))
asked = set(sys.modules)
from reconcile.history.calendar import Calendar
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_work import SyncWork
with Setting.open(threads=1) as setting:
    work = SyncWork.open(setting, dataset)
    if step == "plan":
        from reconcile.jobs.synchronisation import plan
        plan(work, Calendar.of(dataset).window(day), "run-1")
    elif step == "copy":
        from reconcile.jobs.synchronisation import copy
        copy(work, "run-1")
    elif step == "verify":
        from reconcile.jobs.sync_verification import verify
        verify(work, "run-1")
    elif step == "commit":
        from reconcile.jobs.sync_commit import commit
        commit(work, "run-1")
    else:
        from reconcile.jobs.sync_reporting import report
        report(work, "run-1")
print(json.dumps(sorted(set(sys.modules) - asked)))
"""

_OF_ALL = {"great_expectations", "pandas", "duckdb", "boto3", "botocore", "azure", "rich"}
_NOT_WAITED_FOR = {
    SyncStep.PLAN: {*_OF_ALL, "jinja2"},
    SyncStep.COPY: {*_OF_ALL, "jinja2", "alembic"},
    SyncStep.VERIFY: {*_OF_ALL, "jinja2", "alembic"},
    SyncStep.COMMIT: {*_OF_ALL, "jinja2", "alembic"},
    SyncStep.REPORT: {*_OF_ALL, "alembic"},
}
"""What no step may import, of files on this machine's disk. The first step on a machine makes the
state database, with Alembic."""


def test_no_step_waits_for_what_only_another_needs(tmp_path: Path) -> None:
    sides = Shipments.written(
        tmp_path / "sides", tmp_path / "datasets", "sync: {from: source, to: target}"
    )
    environ = {**os.environ, "RECONCILE_STATE": f"sqlite:///{tmp_path / 'state.db'}"}
    needless = {}
    for step in SyncStep:
        said = subprocess.run(
            [sys.executable, "-c", _STEP, step.value, str(sides.datasets), NEWEST],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        needless[step] = {*json.loads(said.stdout.splitlines()[-1])} & _NOT_WAITED_FOR[step]
    assert not any(needless.values()), needless
    assert sides.held("target", NEWEST) == sides.held("source", NEWEST)
