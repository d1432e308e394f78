"""From an error to its one line and its exit code."""

from __future__ import annotations

import sys
import traceback

import typer

from reconcile.cli.output import complain, say
from reconcile.errors import BadConfiguration, BadInput, ReconcileError, Unforeseen


def told(error: Exception, *, debug: bool) -> int:
    """Says on standard error what went wrong, and returns the exit code that goes with it."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    match error:
        case BadConfiguration() if len(error.problems) > 1:
            for line in error.lines():
                complain(line)
            if error.next_step:
                say(f"Next: {error.next_step}")
            return error.exit_code
        case ReconcileError():
            complain(error.line())
            return error.exit_code
        case typer.TyperException():
            complain(_misused(error).line())
            return BadInput.exit_code
        case _:
            complain(Unforeseen(error).line())
            return ReconcileError.exit_code


def _misused(error: typer.TyperException) -> BadInput:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "reconcile"
    message = " ".join(error.format_message().split()).rstrip(".")
    message = message.replace("Value error, ", "")  # pydantic's, which typer leaves in
    return BadInput(message, next_step=f"{command} --help")
