"""Killed after any of its lasting changes, a sync ends like one that nobody disturbed."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from tests.integration.synchronising_killed import OBJECTS
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

CHECKOUT = Path(__file__).resolve().parents[2]


EVERY = {"s3": 1, "az": 2, "local": 3}
"""After which of its lasting changes a sync is killed, by the destination: most are the same."""


@pytest.fixture(params=EVERY)
def ends(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
) -> dict[str, Any]:
    """How the window ended, by the crash point."""
    said: dict[str, Any]
    match request.param:
        case "s3":
            bucket = new_bucket(s3_client(s3_endpoint))
            said = {"location": f"s3://{bucket}", "s3": dataclasses.asdict(s3_endpoint)}
        case "az":
            with blob_service(blob_endpoint) as service:
                container = new_container(service).container_name
            said = {"location": f"az://{container}", "az": dataclasses.asdict(blob_endpoint)}
        case _:
            said = {"location": str(tmp_path / "target")}
    command = [sys.executable, "-m", "tests.integration.synchronising_killed"]
    command += [str(tmp_path), str(EVERY[request.param])]
    # One thread: the process forks.
    settings = {
        "PYTHONPATH": str(CHECKOUT),
        "OPENBLAS_NUM_THREADS": "1",
        "DESTINATION": json.dumps(said),
    }
    subprocess.run(command, check=True, cwd=CHECKOUT, env=os.environ | settings)
    return dict(json.loads((tmp_path / "ends.json").read_text()))


def test_however_it_was_killed_it_ends_the_same(ends: dict[str, Any]) -> None:
    undisturbed = ends["undisturbed"]
    assert undisturbed["held"] == {name: data.hex() for name, data in OBJECTS.items()}
    assert undisturbed["window"] == "complete"
    assert [undisturbed[empty] for empty in ("unfinished", "orphans", "left over")] == [[], [], []]
    assert len(ends["retried"]) > 8
    assert len(ends["anew"]) > 2
    disturbed = ends["retried"] | ends["anew"]
    differing = {
        point: {name: end[name] for name in end if end[name] != undisturbed[name]}
        for point, end in disturbed.items()
        if end != undisturbed
    }
    assert differing == {}
