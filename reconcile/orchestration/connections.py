"""Signing in by Airflow Connections, through the hooks of Airflow's providers.

So every way of theirs works: keys, profiles, roles, web identity, SAS, service principals, managed
and workload identity; and credentials that end are renewed while a task runs. Tasks only: the
hooks cost seconds to import.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from reconcile.errors import BadInput, ReconcileError, Transient
from reconcile.stores.clients import EnvironmentClients
from reconcile.stores.connection import AWS_KINDS, AZURE_KINDS, Connection, check_usable

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient

_log = logging.getLogger(__name__)
_WRONG = (ValueError, TypeError, KeyError, AttributeError, NotImplementedError)


class AirflowClients:
    """Signs in by Airflow's connections; without one, by the clouds' own variables.

    Both verbs raise `BadInput` where a connection is of another kind than the location needs,
    would accept any TLS certificate, or cannot be used.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._unnamed = EnvironmentClients(environ)

    # Each cloud's hook is imported where it is needed: a dataset may need neither, or one.

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client of the connection's session."""
        found = _connection(connection, kinds=AWS_KINDS)
        if found is None:
            return self._unnamed.s3(connection)
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        from reconcile.stores.aws_sign_in import client_of_session

        with _signing_in(found.id):
            hook = S3Hook(aws_conn_id=found.id)
            return client_of_session(
                hook.get_session(),
                endpoint_url=hook.conn_config.get_service_endpoint_url("s3"),
                verify=hook.verify,
                config=hook.config,
            )

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client with the connection's credential."""
        found = _connection(connection, kinds=AZURE_KINDS)
        if found is None:
            return self._unnamed.blob_service(connection, account)
        from airflow.providers.microsoft.azure.hooks.wasb import WasbHook

        from reconcile.stores.azure_sign_in import blob_service_signed_in

        with _signing_in(found.id):
            signed_in = WasbHook(wasb_conn_id=found.id).get_conn()
            return blob_service_signed_in(found, signed_in, self._environ, account=account)


def _connection(name: str | None, *, kinds: tuple[str, ...]) -> Connection | None:
    if name is None:
        return None
    try:
        theirs = BaseHook.get_connection(name)
    except AirflowNotFoundException:
        _log.warning("Airflow has no connection %s: the clouds' own variables are used", name)
        return None
    found = Connection(
        name,
        (theirs.conn_type or "").replace("-", "_"),
        theirs.host,
        theirs.login,
        theirs.password,
        theirs.extra_dejson,
    )
    check_usable(found, kinds=kinds)
    return found


@contextmanager
def _signing_in(connection: str) -> Iterator[None]:
    """The hooks' errors as ours. Their messages may quote what must not be shown."""
    try:
        yield
    except ReconcileError:
        raise
    except _WRONG as error:
        raise BadInput(
            f"connection {connection} cannot be used",
            found=type(error).__name__,
            next_step="correct its fields and its extra",
        ) from None
    except Exception as error:
        raise Transient(
            f"connection {connection} does not sign in",
            found=type(error).__name__,
            next_step="check its role and endpoint, or try later",
        ) from None
