"""What a step waits for before its work: a task takes each in a process of its own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.run import Step
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, workbench

pytestmark = pytest.mark.xdist_group("great_expectations")

_STEP = """
import json, pickle, sys
from pathlib import Path
step, folder = sys.argv[1:]
dataset, window = pickle.loads(Path(folder, "asked.pickle").read_bytes())
from reconcile.jobs import reconciliation
from reconcile.jobs.setting import Setting
from reconcile.jobs.steps import work_of
with Setting.open(threads=1) as setting:
    if step == "plan":
        reconciliation.plan(setting, dataset, window, "run-1")
    elif step == "verdict":
        reconciliation.verdict(setting, dataset, "run-1")
    else:
        work_of(reconciliation.Step(step))(setting, dataset, "run-1")
print(json.dumps(list(sys.modules)))
"""

_OF_ALL = {"great_expectations", "pandas", "boto3", "botocore", "azure", "pydantic", "yaml", "rich"}
_NOT_WAITED_FOR = {
    Step.PLAN: {*_OF_ALL, "duckdb", "pyarrow", "numpy", "jinja2"},
    Step.COMPARE: {*_OF_ALL, "alembic", "reconcile.report.html", "reconcile.quality.gate"},
    Step.VALIDATE: {*_OF_ALL, "alembic", "duckdb", "jinja2"},
    Step.ROUTE: {*_OF_ALL, "alembic", "duckdb", "jinja2"},
    Step.REPORT: {*_OF_ALL, "alembic", "duckdb", "pyarrow.compute"},
    Step.VERDICT: {*_OF_ALL, "alembic", "duckdb", "pyarrow", "numpy", "jinja2"},
}
"""What no step may import, of files on this machine's disk and where no expectation is evaluated.
The first step on a machine makes the state database, with Alembic."""

_KNOWN = {"expect_column_values_to_not_be_null": {"column": "n"}, "severity": "critical"}


def waited_for(bench: Workbench, **changes: Any) -> Mapping[Step, set[str]]:
    """The modules that each step of a run imported, in a process of its own."""
    asked = (bench.dataset(**changes), bench.window())
    (bench.folder / "asked.pickle").write_bytes(pickle.dumps(asked))
    environ = {
        "RECONCILE_STATE": bench.state_url,
        "RECONCILE_ARTIFACTS": str(bench.folder / "artifacts"),
        "RECONCILE_SPOOL": str(bench.folder / "spool"),
    }
    found = {}
    for step in Step:
        said = subprocess.run(
            [sys.executable, "-c", _STEP, step.value, str(bench.folder)],
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        found[step] = set(json.loads(said.stdout.splitlines()[-1]))
    return found


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    with workbench(tmp_path) as bench:
        yield bench


def test_no_step_waits_for_what_only_another_needs(bench: Workbench) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    found = waited_for(bench)
    needless = {step: found[step] & _NOT_WAITED_FOR[step] for step in Step}
    assert not any(needless.values()), needless


def test_great_expectations_is_imported_once_where_an_expectation_is_evaluated(
    bench: Workbench,
) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    found = waited_for(bench, expectations={"source": [_KNOWN]})
    assert [step for step in Step if "great_expectations" in found[step]] == [Step.VALIDATE]
    assert [step for step in Step if "pandas" in found[step]] == [Step.VALIDATE]


def test_rows_that_nobody_read_are_not_held_against_expectations(bench: Workbench) -> None:
    for side in ("source", "target"):
        bench.write(side, GOOD)
    found = waited_for(bench, expectations={"source": [_KNOWN]}, strategy="checksum")
    assert [step for step in Step if "great_expectations" in found[step]] == []
    assert "pandas" not in found[Step.VALIDATE]
    results = json.loads((bench.folder / "artifacts/runs/run-1/validation.json").read_text())
    assert [result["outcome"] for result in results["results"]] == ["not_evaluated"]
