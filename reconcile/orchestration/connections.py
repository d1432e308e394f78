"""Signing in by Airflow Connections, through the hooks of Airflow's providers.

So every way of theirs works: keys, profiles, roles, web identity, SAS, service principals, managed
and workload identity; and credentials that end are renewed while a task runs. Tasks only: the
hooks cost seconds to import.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from reconcile.errors import BadInput, ReconcileError, Transient
from reconcile.stores.clients import EnvironmentClients
from reconcile.stores.connection import AWS_KINDS, AZURE_KINDS, Connection, check_usable, fallback

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient

_log = logging.getLogger(__name__)
_WRONG = (ValueError, TypeError, KeyError, AttributeError, NotImplementedError)


class AirflowClients:
    """Signs in by Airflow's connections; without one, by the clouds' own variables.

    Signing in raises `BadInput` where a connection is of another kind than the location needs,
    would accept any TLS certificate, or cannot be used.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._unnamed = EnvironmentClients(environ)
        self._signed_in: dict[tuple[str | None, ...], Any] = {}

    def knows(self, connection: str) -> bool:
        """Whether Airflow has the connection."""
        return _airflows(connection) is not None

    # Each cloud's hook is imported where it is needed: a dataset may need neither, or one.

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client of the connection's session, the same one each time."""
        return self._once(("s3", connection), lambda: self._s3(connection))

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client with the connection's credential, the same one each time."""
        service: BlobServiceClient = self._once(
            ("blob", connection, account), lambda: self._blob_service(connection, account)
        )
        return service

    def kms(self, connection: str | None) -> Any:
        """A boto3 KMS client of the connection's session, the same one each time."""
        return self._once(("kms", connection), lambda: self._kms(connection))

    def key_vault(self, connection: str | None, key: str) -> Any:
        """A client of a key's vault, by the connection's service principal or an identity."""
        return self._once(("vault", connection, key), lambda: self._key_vault(connection, key))

    def _once(self, key: tuple[str | None, ...], sign_in: Callable[[], Any]) -> Any:
        if key not in self._signed_in:
            self._signed_in[key] = sign_in()
        return self._signed_in[key]

    def _s3(self, connection: str | None) -> Any:
        found = _connection(connection, kinds=AWS_KINDS)
        if found is None:
            return self._unnamed.s3(connection)
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        from reconcile.stores.aws_sign_in import client_of_session, session_errors

        with _signing_in(found.id), session_errors(found.id):
            hook = S3Hook(aws_conn_id=found.id)
            return client_of_session(
                hook.get_session(),
                endpoint_url=hook.conn_config.get_service_endpoint_url("s3"),
                verify=hook.verify,
                config=hook.config,
            )

    def _kms(self, connection: str | None) -> Any:
        found = _connection(connection, kinds=AWS_KINDS)
        if found is None:
            return self._unnamed.kms(connection)
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

        from reconcile.stores.aws_sign_in import client_of_session, session_errors

        with _signing_in(found.id), session_errors(found.id):
            hook: Any = AwsBaseHook(aws_conn_id=found.id, client_type="kms")
            return client_of_session(
                hook.get_session(),
                endpoint_url=hook.conn_config.get_service_endpoint_url("kms"),
                verify=hook.verify,
                config=hook.config,
                service="kms",
            )

    def _key_vault(self, connection: str | None, key: str) -> Any:
        found = _connection(connection, kinds=AZURE_KINDS)
        if found is None:
            return self._unnamed.key_vault(connection, key)
        # Airflow's hooks have none of Key Vault's keys: the connection's own fields say it all.
        from reconcile.stores.vault_sign_in import vault_client

        with _signing_in(found.id):
            return vault_client(found, key)

    def _blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        found = _connection(connection, kinds=AZURE_KINDS)
        if found is None:
            return self._unnamed.blob_service(connection, account)
        from airflow.providers.microsoft.azure.hooks.wasb import WasbHook

        from reconcile.stores.azure_sign_in import (
            blob_service_of_connection,
            blob_service_signed_in,
            is_beyond_the_hook,
        )

        if is_beyond_the_hook(found):
            return blob_service_of_connection(found, self._environ, account=account)
        with _signing_in(found.id):
            signed_in = WasbHook(wasb_conn_id=found.id).get_conn()
            return blob_service_signed_in(found, signed_in, self._environ, account=account)


def _connection(name: str | None, *, kinds: tuple[str, ...]) -> Connection | None:
    if name is None:
        return None
    theirs = _airflows(name)
    if theirs is None:
        _log.warning("%s", fallback(name))
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


def _airflows(name: str) -> Any:
    """The connection as Airflow has it, if it has one."""
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None


@contextmanager
def _signing_in(connection: str) -> Iterator[None]:
    """The hooks' errors as ours. Their messages may quote what must not be shown."""
    try:
        yield
    except ReconcileError:
        raise
    except ImportError as error:
        raise BadInput(
            f"connection {connection} needs a package that is not installed",
            found=str(error.name),
            next_step="install it on every worker, or sign in another way",
        ) from None
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
