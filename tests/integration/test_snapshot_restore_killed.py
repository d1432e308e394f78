"""Killed after any of its lasting changes, a restore or a prune that is begun again ends like one
that nobody disturbed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.restoring_killed import OBJECTS

CHECKOUT = Path(__file__).resolve().parents[2]


def killed(folder: Path, what: str, every: int) -> dict[str, Any]:
    """How it ended, by the crash point."""
    command = [sys.executable, "-m", "tests.integration.restoring_killed"]
    # One thread: the process forks.
    settings = {"PYTHONPATH": str(CHECKOUT), "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(
        [*command, str(folder), what, str(every)],
        check=True,
        cwd=CHECKOUT,
        env=os.environ | settings,
    )
    return dict(json.loads((folder / "ends.json").read_text()))


@pytest.mark.parametrize("what", ["restore", "prune"])
def test_however_it_was_killed_it_ends_the_same(tmp_path: Path, what: str) -> None:
    ends = killed(tmp_path, what, 4)
    undisturbed = ends["undisturbed"]
    restored = {name: hashlib.sha256(data).hexdigest() for name, data in OBJECTS.items()}
    assert undisturbed["held"] == (restored if what == "restore" else {})
    assert undisturbed["snapshots"] == (2 if what == "restore" else 1)
    empty = ("left over", "unfinished", "ledger", "marks")
    assert [undisturbed[name] for name in empty] == [[], [], [], []]
    assert undisturbed["sound"]
    assert len(ends["disturbed"]) > 3
    differing = {
        point: {name: end[name] for name in end if end[name] != undisturbed[name]}
        for point, end in ends["disturbed"].items()
        if end != undisturbed
    }
    assert differing == {}
