"""Who signs stores in: the door through which Airflow's hooks come, and the plain environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
import botocore.session
from azure.core.credentials import AzureSasCredential
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, ExponentialRetry
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError

from reconcile.errors import BadInput
from reconcile.stores.connection import Connection, refuse_unverified, variable_of

_CONNECT_SECONDS = 5
_READ_SECONDS = 60
# Three tries in all and short waits: an endpoint that is down is known to be so within seconds.
_BOTO = Config(
    connect_timeout=_CONNECT_SECONDS,
    read_timeout=_READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
    # We send checksums ourselves (`S3Store.put`) and check them ourselves (`write_pinned`).
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class Clients(Protocol):
    """Makes the SDKs' clients, signed in."""

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client for that connection."""

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client for that connection.

        Args:
            connection: Name of the connection, if one was named.
            account: Blob host of the storage account that the location names
                (`name.blob.core.windows.net`); None leaves it to the connection.
        """


class EnvironmentClients:
    """Signs in by `AIRFLOW_CONN_<ID>` where that is set, else by the clouds' own variables."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def s3(self, connection: str | None) -> Any:
        """A boto3 S3 client.

        Raises:
            BadInput: The connection cannot be read, is of another kind or is not safe.
        """
        found = self._connection(connection, kinds=("aws", "s3"))
        try:
            return _s3_client(found)
        except (BotoCoreError, ValueError) as error:
            raise BadInput(
                f"S3 cannot be set up by {_source(connection, found, 'AWS_*')}",
                found=type(error).__name__,
                next_step="correct its profile, region or endpoint",
            ) from None

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        """A Blob Storage client.

        Raises:
            BadInput: The connection cannot be read, is of another kind or is not safe, or
                nothing says which account.
        """
        found = self._connection(connection, kinds=("wasb", "azure", "azure_blob", "adls"))
        try:
            if found is None:
                return self._blob_service_of_environment(connection, account)
            return _blob_service_of_connection(found, account)
        except ValueError:  # a connection string that is none; the SDK's message may quote it
            raise BadInput(
                "Blob Storage cannot be set up by "
                + _source(connection, found, "AZURE_STORAGE_CONNECTION_STRING"),
                found="a malformed connection string, key or account",
                expected="DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…",
            ) from None

    def _connection(self, name: str | None, *, kinds: tuple[str, ...]) -> Connection | None:
        if name is None:
            return None
        found = Connection.from_environment(name, self._environ)
        if found is None:
            return None
        if found.kind not in ("", *kinds):
            raise BadInput(
                f"connection {name} is of another kind than the location needs",
                found=found.kind,
                expected=kinds[0],
            )
        refuse_unverified(name, found.extra)
        return found

    def _blob_service_of_environment(
        self, connection: str | None, account: str | None
    ) -> BlobServiceClient:
        environ = self._environ
        connection_string = environ.get("AZURE_STORAGE_CONNECTION_STRING")
        if connection_string:
            return _of_connection_string(connection_string, account)
        name = environ.get("AZURE_STORAGE_ACCOUNT")
        if not account and not name:
            tried = f"{variable_of(connection)}, " if connection else ""
            raise BadInput(
                "nothing says which storage account to use",
                expected=f"one of {tried}AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCOUNT",
                next_step="set one of them, or name the account in an abfss:// location",
            )
        host = account or f"{name}.blob.core.windows.net"
        # A key or SAS belongs to one account; another one is reached by identity.
        own = name is None or host.partition(".")[0] == name
        key = environ.get("AZURE_STORAGE_KEY") if own else None
        sas = environ.get("AZURE_STORAGE_SAS_TOKEN") if own else None
        return _service(f"https://{host}", _sas(sas) if sas else key or DefaultAzureCredential())


def _source(connection: str | None, found: Connection | None, variables: str) -> str:
    return f"connection {connection}" if found else variables


def _s3_client(connection: Connection | None) -> Any:
    if connection is None:
        return boto3.Session().client("s3", config=_BOTO)
    extra = connection.extra
    key = connection.login or extra.get("aws_access_key_id")
    secret = connection.password or extra.get("aws_secret_access_key")
    session = boto3.Session(
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=extra.get("aws_session_token") if key else None,
        region_name=extra.get("region_name"),
        profile_name=extra.get("profile_name"),
    )
    if extra.get("role_arn"):
        session = _assumed(session, connection)
    services = extra.get("service_config") or {}
    return session.client(
        "s3",
        endpoint_url=services.get("s3", {}).get("endpoint_url") or extra.get("endpoint_url"),
        verify=extra.get("verify"),
        config=_BOTO.merge(Config(**(extra.get("config_kwargs") or {}))),
    )


def _assumed(base: boto3.Session, connection: Connection) -> boto3.Session:
    """A session in the connection's role, whose credentials renew themselves."""
    extra = connection.extra
    method = extra.get("assume_role_method", "assume_role")
    if method != "assume_role":
        raise BadInput(
            f"connection {connection.id} assumes its role in a way that works inside Airflow only",
            found=method,
            expected="assume_role",
        )
    arguments = {"RoleSessionName": "reconcile", **(extra.get("assume_role_kwargs") or {})}
    if extra.get("external_id"):
        arguments.setdefault("ExternalId", extra["external_id"])
    fetcher = AssumeRoleCredentialFetcher(
        base._session.create_client,  # botocore offers no public way from a session to a role
        base.get_credentials(),
        extra["role_arn"],
        extra_args=arguments,
    )
    core = botocore.session.Session()
    core._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.Session(botocore_session=core, region_name=base.region_name)


def _blob_service_of_connection(connection: Connection, account: str | None) -> BlobServiceClient:
    extra = {name.removeprefix("extra__wasb__"): value for name, value in connection.extra.items()}
    if extra.get("connection_string"):
        return _of_connection_string(extra["connection_string"], account)
    own = _account_url(connection)
    url = f"https://{account}" if account else own
    if url is None:
        raise BadInput(
            f"connection {connection.id} names no storage account",
            expected="the account as login, or its URL as host, or a connection_string in extra",
        )
    if own is not None and account and urlsplit(own).hostname != account:
        raise BadInput(
            f"connection {connection.id} is of another account than the location",
            found=urlsplit(own).hostname,
            expected=account,
        )
    return _service(url, _blob_credential(connection, extra))


def _account_url(connection: Connection) -> str | None:
    host = connection.host or ""
    if "://" in host:
        return host
    if "." in host:
        return f"https://{host}"
    # A host without a dot is a directory's id, in a service principal's connection.
    return f"https://{connection.login}.blob.core.windows.net" if connection.login else None


def _blob_credential(connection: Connection, extra: Mapping[str, Any]) -> Any:
    if extra.get("tenant_id"):
        if not connection.login or not connection.password:
            raise BadInput(
                f"connection {connection.id} has a tenant_id but no complete service principal",
                expected="client id as login, client secret as password",
            )
        return ClientSecretCredential(extra["tenant_id"], connection.login, connection.password)
    if extra.get("sas_token"):
        return _sas(extra["sas_token"])
    key = extra.get("shared_access_key") or connection.password or extra.get("account_key")
    if key:
        return key
    return DefaultAzureCredential(
        managed_identity_client_id=extra.get("managed_identity_client_id"),
        workload_identity_tenant_id=extra.get("workload_identity_tenant_id"),
    )


def _of_connection_string(text: str, account: str | None) -> BlobServiceClient:
    client = BlobServiceClient.from_connection_string(text, **_azure_settings())
    if account and client.account_name != account.partition(".")[0]:
        raise BadInput(
            "the connection string is of another account than the location",
            found=client.account_name,
            expected=account.partition(".")[0],
        )
    return client


def _service(url: str, credential: Any) -> BlobServiceClient:
    return BlobServiceClient(url, credential=credential, **_azure_settings())


def _sas(token: str) -> AzureSasCredential:
    return AzureSasCredential(token.removeprefix("?"))


def _azure_settings() -> dict[str, Any]:
    return {
        "retry_policy": ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=2),
        "connection_timeout": _CONNECT_SECONDS,
        "read_timeout": _READ_SECONDS,
    }
