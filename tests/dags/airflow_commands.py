"""Runs commands of Airflow, and reconciliations without it, in one process; prints exit codes.

    python -m tests.dags.airflow_commands '[["airflow", STATE, "dags", "test", …], ["library", …]]'

Each with a state database of its own choice; `${NAME}` in its URL is taken from the environment,
since Airflow keeps the words of commands. Processes of their own would each import for ten
seconds what the one before had imported.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from airflow.cli.cli_parser import get_parser


def airflow(*words: str) -> int:
    """The exit code of an `airflow` command."""
    arguments = get_parser().parse_args(words)
    try:
        arguments.func(arguments)
    except SystemExit as end:
        # As the interpreter does: a text is printed, and the code is 1.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def library(dataset: str, window: str) -> int:
    """The exit code of one reconciliation without Airflow."""
    from reconcile.config.datasets import find_dataset
    from reconcile.history.calendar import Calendar
    from reconcile.jobs.running import run_window
    from reconcile.jobs.setting import Setting

    found = find_dataset(dataset, Path(os.environ["RECONCILE_DATASETS"]))
    with Setting.open() as setting:
        return run_window(setting, found, Calendar.of(found).window(window)).exit_code


def reconcile(*words: str) -> int:
    """The exit code of a `reconcile` command."""
    from reconcile.cli.main import run

    return run(words)


def run(verb: str, state: str, *words: str) -> int:
    """The exit code of a command over a state database."""
    os.environ["RECONCILE_STATE"] = os.path.expandvars(state)
    return {"airflow": airflow, "library": library, "reconcile": reconcile}[verb](*words)


if __name__ == "__main__":
    print(json.dumps([run(*command) for command in json.loads(sys.argv[1])]))
