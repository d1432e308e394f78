"""Killed after any of its lasting changes, a create or a copy ends like one nobody disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.snapshotting_killed import ID

CHECKOUT = Path(__file__).resolve().parents[2]


def ends_of(what: str, folder: Path) -> dict[str, Any]:
    """How it ended, by the crash point."""
    command = [sys.executable, "-m", "tests.integration.snapshotting_killed", str(folder), what]
    # One thread: the process forks.
    settings = {"PYTHONPATH": str(CHECKOUT), "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, cwd=CHECKOUT, env=os.environ | settings)
    return dict(json.loads((folder / "ends.json").read_text()))


@pytest.mark.parametrize("what", ["create", "copy"])
def test_however_it_was_killed_it_ends_the_same(what: str, tmp_path: Path) -> None:
    ends = ends_of(what, tmp_path)
    undisturbed = ends["undisturbed"]
    place = undisturbed["first" if what == "create" else "second"]
    assert ID in place["snapshots"]
    assert (place["sound"], place["problems"], place["running"]) == (True, [], [])
    assert (undisturbed["left over"], undisturbed["lease"]) == ([], "None")
    assert len(ends["retried"]) > (8 if what == "create" else 3)
    differing = {
        point: {name: end[name] for name in end if end[name] != undisturbed[name]}
        for point, end in ends["retried"].items()
        if end != undisturbed
    }
    assert differing == {}
    assert len(ends["anew"]) == (3 if what == "create" else 0)
    for end in ends["anew"].values():
        first = end["first"]
        assert (first["sound"], first["problems"], first["mirrored"]) == (True, [], True)
        assert len(first["snapshots"]["next"]["objects"]) == 3
