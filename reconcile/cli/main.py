"""`reconcile`: the whole command line, put together."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from reconcile.cli import log, output
from reconcile.cli.commands import COMMANDS, GROUPS
from reconcile.cli.failure import told

_EXIT_CODES = """\b
[bold]Exit codes[/bold]
  0  matched, within threshold, done
  1  breached: the copies differ by more than the thresholds allow; a snapshot is damaged
  2  to be corrected first: arguments, rules, configuration, rights, files
  3  not known or not complete: an endpoint is down, an input changed, a window is held
"""

app = typer.Typer(
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        output.show(f"reconcile {version('reconcile')}\n")
        raise typer.Exit


@app.callback(epilog=_EXIT_CODES)
def _reconcile(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    _debug: Annotated[
        bool,
        typer.Option("--debug", help="Show where an error came from. May stand anywhere."),
    ] = False,
) -> None:
    """Prove that two copies of a dataset are equal, and say where they are not.

    \b
    A [bold]location[/bold] is s3://bucket/prefix, az://container/prefix, abfss://…,
      or a local path: a folder, one file, or a glob in quotes.
    A [bold]window[/bold] is 2013-01-05 (or 2013-01-05T14, 2013-01, by the dataset's grain);
      a span of windows, 2013-01-01/2013-02-01, leaves out its end.
    A [bold]run[/bold] is named by its id, by DATASET@WINDOW (its newest), or latest.

    \b
    [bold]Begin with[/bold]
      reconcile compare old.parquet new.parquet --key id
      reconcile config validate
      reconcile run flights --window 2013-01-05
    """
    log.to_standard_error()


for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def run(argv: Sequence[str] | None = None) -> int:
    """Runs one command line.

    Args:
        argv: The words after `reconcile`; those of this process if None.

    Returns:
        The exit code, as `--help` lists them. Nothing is raised: what goes wrong is told on
        standard error, one line each.
    """
    if argv is None:
        # A process that is asked to end gives its window back and removes its spool, as on Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    words = list(sys.argv[1:] if argv is None else argv)
    args = [word for word in words if word != "--debug"] or ["--help"]
    output.accept_any_text()
    if "--debug" in words:
        log.show_everything()
    try:
        # Every command returns its exit code.
        return int(
            typer.main.get_command(app).main(args, prog_name="reconcile", standalone_mode=False)
        )
    except Exception as error:
        return told(error, debug="--debug" in words)
