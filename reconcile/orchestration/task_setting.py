"""Where a task's jobs run: what the environment names, Airflow's sign-in, the task's share."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import conf

from reconcile.jobs.host import usable_cores, usable_memory
from reconcile.jobs.setting import Setting
from reconcile.orchestration.connections import AirflowClients
from reconcile.orchestration.host_share import host_share

_TALKATIVE = ("alembic", "great_expectations")
"""They say hundreds of things at INFO, among which a task's own few lines are lost."""


@contextmanager
def task_setting() -> Iterator[Setting]:
    """The setting of a task.

    Raises:
        BadInput: A variable is not usable.
        Transient: The state database does not answer.
    """
    for library in _TALKATIVE:
        logging.getLogger(library).setLevel(logging.WARNING)
    share = host_share(
        os.environ,
        parallelism=conf.getint("core", "parallelism"),
        memory=usable_memory(),
        cores=usable_cores(),
    )
    clients = AirflowClients()
    with Setting.open(
        clients=clients, memory=share.memory, room=share.room, threads=share.threads
    ) as setting:
        yield setting
