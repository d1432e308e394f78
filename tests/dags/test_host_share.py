"""What a task may use of its host."""

from __future__ import annotations

import pytest

from reconcile.errors import BadInput
from reconcile.orchestration.host_share import HostShare, host_share

LEAST = 512 * 2**20
HOST = {"parallelism": 4, "memory": 16 * 2**30, "cores": 8}


@pytest.mark.parametrize(
    ("environ", "share"),
    [
        ({}, HostShare("3276MiB", LEAST, 2)),
        ({"RECONCILE_TASKS_PER_HOST": "1"}, HostShare("13107MiB", LEAST, 8)),
        ({"RECONCILE_TASKS_PER_HOST": "99"}, HostShare("512MiB", LEAST, 1)),
        ({"RECONCILE_MEMORY": "2GB"}, HostShare(None, 0, 2)),
        ({"RECONCILE_THREADS": "3"}, HostShare("3276MiB", LEAST, None)),
    ],
    ids=["the executor's", "alone", "never nothing", "memory is given", "threads are given"],
)
def test_a_task_gets_its_part(environ: dict[str, str], share: HostShare) -> None:
    assert host_share(environ, **HOST) == share


@pytest.mark.parametrize("text", ["0", "-1", "many"])
def test_what_is_no_number_of_tasks_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="RECONCILE_TASKS_PER_HOST is not a positive number"):
        host_share({"RECONCILE_TASKS_PER_HOST": text}, **HOST)
