"""Our errors as Airflow's: one line each, tried again only where that can help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from reconcile.errors import BadConfiguration, ReconcileError


@contextmanager
def plain_failures() -> Iterator[None]:
    """Errors of the block as failures of the task.

    Raises:
        AirflowException: What may pass by itself; the task's retries apply.
        AirflowFailException: What a person must change; no retry.
    """
    try:
        yield
    except BadConfiguration as error:
        raise AirflowFailException("\n".join(error.lines())) from None
    except ReconcileError as error:
        kind = AirflowException if error.retryable else AirflowFailException
        raise kind(error.line()) from None
