"""Who signs stores in: the door through which Airflow's hooks come, and the plain environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from reconcile.stores.connection import (
    AWS_KINDS,
    AZURE_KINDS,
    Connection,
    check_usable,
    variable_of,
)

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient


class Clients(Protocol):
    """Makes the SDKs' clients, signed in."""

    def knows(self, connection: str) -> bool:
        """Whether a connection is to be found; without it the clouds' own variables count."""

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client for that connection."""

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client for that connection.

        Args:
            connection: Name of the connection, if one was named.
            account: Blob host of the storage account that the location names
                (`name.blob.core.windows.net`); None leaves it to the connection.
        """

    def kms(self, connection: str | None) -> Any:
        """A boto3 KMS client for that connection."""

    def key_vault(self, connection: str | None, key: str) -> Any:
        """An `azure.core` client of the vault that a key's address names, for that connection."""


class EnvironmentClients:
    """Signs in by `AIRFLOW_CONN_<ID>` where that is set, else by the clouds' own variables.

    Signing in raises `BadInput` where a connection cannot be read, is of another kind than the
    location needs, or would accept any TLS certificate.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def knows(self, connection: str) -> bool:
        """Whether the connection's variable is set, to whatever."""
        return variable_of(connection) in self._environ

    # Imported on first use: the SDKs cost about a second each, and local files need neither.

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client."""
        from reconcile.stores.aws_sign_in import s3_client  # noqa: PLC0415

        return s3_client(self._connection(connection, kinds=AWS_KINDS))

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client."""
        from reconcile.stores.azure_sign_in import (  # noqa: PLC0415
            blob_service_of_connection,
            blob_service_of_environment,
        )

        found = self._connection(connection, kinds=AZURE_KINDS)
        if found is not None:
            return blob_service_of_connection(found, self._environ, account=account)
        return blob_service_of_environment(self._environ, account=account, connection=connection)

    def kms(self, connection: str | None) -> Any:
        """A boto3 KMS client."""
        from reconcile.stores.aws_sign_in import kms_client  # noqa: PLC0415

        return kms_client(self._connection(connection, kinds=AWS_KINDS))

    def key_vault(self, connection: str | None, key: str) -> Any:
        """A client of a key's vault, by a service principal or an identity."""
        from reconcile.stores.vault_sign_in import vault_client  # noqa: PLC0415

        return vault_client(self._connection(connection, kinds=AZURE_KINDS), key)

    def _connection(self, name: str | None, *, kinds: tuple[str, ...]) -> Connection | None:
        if name is None:
            return None
        found = Connection.from_environment(name, self._environ)
        if found is not None:
            check_usable(found, kinds=kinds)
        return found


class SignedInOnce:
    """Clients that are made once each and then shared: they are safe to share between threads.

    Args:
        clients: Who makes them.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._made: dict[tuple[str | None, ...], Any] = {}

    def knows(self, connection: str) -> bool:
        """Whether a connection is to be found."""
        return self._clients.knows(connection)

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client."""
        return self._once(("s3", connection), lambda: self._clients.s3(connection))

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client."""
        made: BlobServiceClient = self._once(
            ("blob", connection, account), lambda: self._clients.blob_service(connection, account)
        )
        return made

    def kms(self, connection: str | None) -> Any:
        """A boto3 KMS client."""
        return self._once(("kms", connection), lambda: self._clients.kms(connection))

    def key_vault(self, connection: str | None, key: str) -> Any:
        """A client of a key's vault."""
        return self._once(
            ("vault", connection, key), lambda: self._clients.key_vault(connection, key)
        )

    def _once(self, of: tuple[str | None, ...], make: Callable[[], Any]) -> Any:
        if of not in self._made:
            self._made[of] = make()
        return self._made[of]
