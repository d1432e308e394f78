"""The list of commands, in the order of `--help`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from reconcile.cli.check import check
from reconcile.cli.compare import compare
from reconcile.cli.config import config
from reconcile.cli.db import db
from reconcile.cli.dead_letters import dead_letters
from reconcile.cli.inventories import inventories
from reconcile.cli.report import report
from reconcile.cli.run import run
from reconcile.cli.runs import runs
from reconcile.cli.snapshot import snapshot
from reconcile.cli.sync import sync

COMMANDS: Mapping[str, Callable[..., int]] = {
    "compare": compare,
    "run": run,
    "sync": sync,
    "check": check,
    "report": report,
    "inventories": inventories,
}
GROUPS: Mapping[str, typer.Typer] = {
    "snapshot": snapshot,
    "runs": runs,
    "dead-letters": dead_letters,
    "config": config,
    "db": db,
}
