"""`reconcile db`: the state database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from reconcile.cli import output
from reconcile.cli.options import DryRunOption, Format, FormatOption

if TYPE_CHECKING:
    from reconcile.state.version import Standing

db = typer.Typer(help="The state database, which RECONCILE_STATE names.")


@db.callback()
def _group() -> None:
    """One command is a group, too."""


@db.command("upgrade")
def upgrade(*, dry_run: DryRunOption = False, form: FormatOption = Format.TEXT) -> int:
    """Bring the state database to the schema of this version.

    PostgreSQL is upgraded by this command alone; SQLite also upgrades itself on
    first use. May be repeated.

    \b
    [bold]Example[/bold]
      RECONCILE_STATE=postgresql://host/reconcile reconcile db upgrade
    """
    from reconcile.state.database import State
    from reconcile.state.location import state_url

    url = state_url(os.environ)
    standing = State.standing(url)
    if not dry_run:
        State.upgrade(url)
    if form is Format.JSON:
        output.show_json(
            {
                "database": standing.database,
                "found": standing.found,
                "version": standing.needed,
                "dry_run": dry_run,
            }
        )
    else:
        output.show(f"{standing.database}: {_told(standing, dry_run=dry_run)}\n")
    return 0


def _told(standing: Standing, *, dry_run: bool) -> str:
    if standing.found == standing.needed:
        return f"is at version {standing.needed} already"
    before = "no schema" if standing.found is None else f"version {standing.found}"
    return f"{'would go' if dry_run else 'went'} from {before} to version {standing.needed}"
