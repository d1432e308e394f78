"""The list of commands, in the order of `--help`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from reconcile.cli.check import check
from reconcile.cli.compare import compare
from reconcile.cli.config import config
from reconcile.cli.db import db
from reconcile.cli.dead_letters import dead_letters
from reconcile.cli.report import report
from reconcile.cli.run import run
from reconcile.cli.runs import runs

COMMANDS: Mapping[str, Callable[..., int]] = {
    "compare": compare,
    "run": run,
    "check": check,
    "report": report,
}
GROUPS: Mapping[str, typer.Typer] = {
    "runs": runs,
    "dead-letters": dead_letters,
    "config": config,
    "db": db,
}
