"""`reconcile snapshot`: backup of a dataset, and the proof that it can be restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from reconcile.cli.snapshot_keeping import hold, list_snapshots, prune, release
from reconcile.cli.snapshot_report import key, report
from reconcile.cli.snapshot_restoring import drill, restore
from reconcile.cli.snapshot_saving import copy, create, verify

snapshot = typer.Typer(
    help="Back a dataset up, prove that it can be restored, and restore it.",
    rich_markup_mode="rich",
)

_COMMANDS: Mapping[str, Callable[..., int]] = {
    "create": create,
    "list": list_snapshots,
    "verify": verify,
    "restore": restore,
    "drill": drill,
    "copy": copy,
    "prune": prune,
    "hold": hold,
    "release": release,
    "report": report,
    "key": key,
}
for _name, _command in _COMMANDS.items():
    snapshot.command(_name)(_command)
