"""Killed after any of its lasting changes, a run ends like one that nobody disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.run import RunStatus
from tests.integration.reconciling_killed import RUN

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How the window ended, by the change after which its run was killed; 0 is while reading."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.integration.reconciling_killed", str(folder)]
    # One thread: the process forks.
    settings = {"PYTHONPATH": str(CHECKOUT), "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, cwd=CHECKOUT, env=os.environ | settings)
    return dict(json.loads((folder / "ends.json").read_text()))


def test_taken_up_where_it_stopped_it_ends_the_same(ends: dict[str, Any]) -> None:
    assert len(ends["retried"]) > 20
    differing = [change for change, end in ends["retried"].items() if end != ends["undisturbed"]]
    assert differing == []


def test_run_anew_when_the_lease_has_ended_it_ends_the_same(ends: dict[str, Any]) -> None:
    assert len(ends["anew"]) > 3
    for end in ends["anew"].values():
        assert end["verdict"] == "breached"
        assert end["leases"] == []
        assert end["letters"] == [
            ["missing_in_source", "target", '{"id":"7"}', "resolved"],
            ["missing_in_target", "source", '{"id":"4"}', "open"],
            ["value_mismatch", "both", '{"id":"3"}', "open"],
        ]


def test_until_the_lease_has_ended_the_window_stays_held(ends: dict[str, Any]) -> None:
    held = [end["held"] for end in ends["anew"].values() if end["held"]]
    assert len(held) > 2
    assert all(f"found run {RUN}, whose lease ends at" in line for line in held)


def test_the_killed_run_does_not_stay_running(ends: dict[str, Any]) -> None:
    ended = [end["killed"] for end in ends["anew"].values() if end["killed"]]
    assert {status for status, _ in ended} <= {RunStatus.FAILED, RunStatus.FINISHED}
    assert any("has taken its window over" in (error or "") for _, error in ended)
