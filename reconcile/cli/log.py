"""What libraries have to say while a command runs: retries on standard error, chatter nowhere."""

from __future__ import annotations

import logging

from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from reconcile.cli.output import say
from reconcile.errors import ReconcileError


def to_standard_error() -> None:
    """Announces each retry in one line of ours, and keeps the SDKs from printing their own.

    The retry library would print to standard output otherwise, among the results.
    """
    set_on_retry_hooks([_announced])
    if not logging.root.handlers:
        logging.root.addHandler(logging.NullHandler())
    memory = logging.getLogger("reconcile.jobs.knowledge")
    if not memory.handlers:
        memory.addHandler(_Said(logging.WARNING))


def show_everything() -> None:
    """Lets warnings and tracebacks through to standard error, for `--debug`."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")


class _Said(logging.Handler):
    """Says what a comparison goes on without."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def _announced(details: RetryDetails) -> None:
    cause = details.caused_by
    what = cause.what if isinstance(cause, ReconcileError) else type(cause).__name__
    say(f"trying again in {details.wait_for:.1f} s: {what}")
