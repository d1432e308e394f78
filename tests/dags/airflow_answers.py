"""Asks Airflow about this checkout's DAG files, in a process of its own; answers as JSON.

python -m tests.dags.airflow_answers imports     what parsing the files imports
python -m tests.dags.airflow_answers dags        what the files make
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HEAVY = (
    *("great_expectations", "pandas", "numpy", "pyarrow", "duckdb"),
    *("boto3", "botocore", "azure", "rich", "alembic", "reconcile.jobs"),
    *("fastapi", "starlette", "reconcile.web.app"),
)


def imports() -> dict[str, Any]:
    """What is loaded once every file below `dags/` and `plugins/` has run."""
    # What Airflow loads by itself, whatever the files say, is not theirs to answer for.
    import airflow.plugins_manager
    import airflow.sdk
    import airflow.timetables.base  # noqa: F401

    before = _loaded()
    files = [
        path
        for variable in ("AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER")
        for path in sorted(Path(os.environ[variable]).rglob("*.py"))
    ]
    for path in files:
        runpy.run_path(str(path))
    return {"files": [path.name for path in files], "heavy": sorted(_loaded() - before)}


def dags() -> dict[str, Any]:
    """The DAGs of the folder, and the files that cannot be imported."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    errors = {Path(file).name: text for file, text in bag.import_errors.items()}
    return {"errors": errors, "dags": {name: _facts(dag) for name, dag in bag.dags.items()}}


def _facts(dag: Any) -> dict[str, Any]:
    return {
        "owner": dag.owner,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "doc": dag.doc_md,
        "params": {name: dag.params.get_param(name).dump() for name in dag.params},
        "tasks": {task.task_id: _task_facts(task) for task in dag.topological_sort()},
        "backfill": _backfilled(dag),
        "next": _next_by_itself(dag),
        "run_types": sorted(kind.value for kind in dag.allowed_run_types or ()),
    }


def _task_facts(task: Any) -> dict[str, Any]:
    return {
        "retries": task.retries,
        "pool": task.pool,
        "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
        "after": sorted(task.upstream_task_ids),
        "starts": str(task.trigger_rule.value),
        "weight": _weight(task),
    }


def _weight(task: Any) -> int:
    """As the scheduler works it out: which of two tasks goes first in one pool."""
    from airflow.task.priority_strategy import validate_and_load_priority_weight_strategy

    strategy = validate_and_load_priority_weight_strategy(task.weight_rule)
    return int(strategy.get_weight(SimpleNamespace(task=task)))


def _next_by_itself(dag: Any) -> str | None:
    """When the scheduler would begin a run, of the DAG as it reads it from its database."""
    info = _as_read(dag).next_dagrun_info(last_automated_run_info=None)
    return None if info is None else info.run_after.isoformat()


def _as_read(dag: Any) -> Any:
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))


def _backfilled(dag: Any) -> list[str]:
    """The runs of a backfill of one day, of the DAG as the scheduler reads it from its database."""
    from airflow.models.backfill import _get_info_list

    day = datetime(2013, 1, 5, tzinfo=UTC)
    infos = _get_info_list(from_date=day, to_date=day, reverse=False, dag=_as_read(dag))
    return [info.logical_date.isoformat() for info in infos]


def _loaded() -> set[str]:
    return {name for name in HEAVY if name in sys.modules}


if __name__ == "__main__":
    print(json.dumps({"imports": imports, "dags": dags}[sys.argv[1]]()))
