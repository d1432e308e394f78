"""A Blob Storage client, signed in by a connection or by Azure's own variables and identities."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, LinearRetry

from reconcile.errors import BadInput
from reconcile.stores.connection import Connection, variable_of
from reconcile.stores.range_check import LARGEST_RANGE

_SUFFIX = ".blob.core.windows.net"
_HOSTS, _CONNECTIONS = 10, 32
"""Connections are kept to so many hosts, and so many to each."""
_SENT_AT_ONCE = 256 * 1024
"""Bytes of a body that are given to a connection at once: the SDK's own setting."""


def blob_service_of_connection(
    connection: Connection, environ: Mapping[str, str], *, account: str | None
) -> BlobServiceClient:
    """A client by the fields that Airflow's own hook reads, in its order.

    The account is the location's, else the connection's, else `AZURE_STORAGE_ACCOUNT`.

    Raises:
        BadInput: The connection names no account, another one than the location, or is malformed.
    """
    try:
        return _service_of(connection, account, environ.get("AZURE_STORAGE_ACCOUNT"))
    except ValueError:
        raise _malformed(f"connection {connection.id}") from None


def blob_service_signed_in(
    connection: Connection,
    signed_in: BlobServiceClient,
    environ: Mapping[str, str],
    *,
    account: str | None,
) -> BlobServiceClient:
    """A client of ours with the credential of another that the connection has signed in.

    The account is the location's, else the connection's, else `AZURE_STORAGE_ACCOUNT`.

    Raises:
        BadInput: The connection names no account, or another one than the location.
    """
    extra = _plain_extra(connection)
    sas = urlsplit(signed_in.url).query
    credential = signed_in.credential or (AzureSasCredential(sas) if sas else None)
    authority = _authority(extra)
    if extra.get("connection_string"):
        _refuse_other_account(signed_in, account)
        return _service(signed_in.url.partition("?")[0], credential, **authority)
    url = _url_of(connection, extra, account, environ.get("AZURE_STORAGE_ACCOUNT"))
    return _service(url, credential, **authority)


def is_beyond_the_hook(connection: Connection) -> bool:
    """Whether Airflow's own hook would not sign in as the connection says.

    It takes the account of a key from the host, so only Azure's own hosts will do; and it leaves
    a managed identity's client aside, unless a tenant of workload identity stands beside it.
    """
    extra = _plain_extra(connection)
    if any(extra.get(word) for word in ("connection_string", "tenant_id", "sas_token")):
        return False
    if _key(connection, extra):
        return not _tells_account(connection)
    words = ("managed_identity_client_id", "workload_identity_tenant_id")
    return sum(bool(extra.get(word)) for word in words) == 1


def blob_service_of_environment(
    environ: Mapping[str, str], *, account: str | None, connection: str | None
) -> BlobServiceClient:
    """A client by `AZURE_STORAGE_*`, or by whatever identity this machine has.

    Raises:
        BadInput: Nothing names the account (`connection` is named as another way to do so), or
            the connection string is malformed or of another account.
    """
    text = environ.get("AZURE_STORAGE_CONNECTION_STRING")
    if text:
        try:
            return _of_connection_string(text, account)
        except ValueError:
            raise _malformed("AZURE_STORAGE_CONNECTION_STRING") from None
    name = environ.get("AZURE_STORAGE_ACCOUNT")
    if not account and not name:
        tried = f"{variable_of(connection)}, " if connection else ""
        raise BadInput(
            "nothing says which storage account to use",
            expected=f"one of {tried}AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCOUNT",
            next_step="set one of them, or name the account in an abfss:// location",
        )
    host = account or f"{name}{_SUFFIX}"
    # A key or SAS belongs to one account; another one is reached by identity.
    own = name is None or host.partition(".")[0] == name
    key = environ.get("AZURE_STORAGE_KEY") if own else None
    sas = environ.get("AZURE_STORAGE_SAS_TOKEN") if own else None
    credential = AzureSasCredential(sas.removeprefix("?")) if sas else key
    return _service(f"https://{host}", credential or _identity())


def token_credential(connection: Connection | None) -> Any:
    """What signs in to other services than storage: a service principal or an identity.

    Raises:
        BadInput: The connection has a tenant, but no complete service principal.
    """
    if connection is None:
        return _identity()
    extra = _plain_extra(connection)
    return _principal(connection, extra) or _identity_of(extra)


def authority_of(connection: Connection) -> dict[str, Any]:
    """The setting of a client by which the authority counts that the connection names."""
    return _authority(_plain_extra(connection))


def _malformed(source: str) -> BadInput:
    # The SDK's own message may quote the text, and the text holds a key.
    return BadInput(
        f"Blob Storage cannot be set up by {source}",
        found="a malformed connection string, key or account",
        expected="DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…",
        next_step="copy it again from the storage account",
    )


def _service_of(
    connection: Connection, account: str | None, default_account: str | None
) -> BlobServiceClient:
    extra = _plain_extra(connection)
    if extra.get("connection_string"):
        return _of_connection_string(extra["connection_string"], account, **_authority(extra))
    url = _url_of(connection, extra, account, default_account)
    return _service(url, _blob_credential(connection, extra), **_authority(extra))


def _plain_extra(connection: Connection) -> Mapping[str, Any]:
    return {name.removeprefix("extra__wasb__"): value for name, value in connection.extra.items()}


def _url_of(
    connection: Connection,
    extra: Mapping[str, Any],
    account: str | None,
    default_account: str | None,
) -> str:
    own = _account_url(connection, extra)
    if own is not None and account and urlsplit(own).hostname != account:
        raise BadInput(
            f"connection {connection.id} is of another account than the location",
            found=urlsplit(own).hostname,
            expected=account,
        )
    host = account or (f"{default_account}{_SUFFIX}" if default_account else None)
    if own is None and host is None:
        raise BadInput(
            f"connection {connection.id} names no storage account",
            expected="the account as login, or its URL as host, or AZURE_STORAGE_ACCOUNT",
        )
    return own or f"https://{host}"


def _account_url(connection: Connection, extra: Mapping[str, Any]) -> str | None:
    sas = str(extra.get("sas_token") or "")
    host = connection.host or ""
    if sas.startswith("https://"):
        return sas.partition("?")[0]
    if "://" in host:
        return host
    if "." in host:
        return f"https://{host}"
    # The login of a service principal's connection is its client, not an account.
    if connection.login and not extra.get("tenant_id"):
        return f"https://{connection.login}{_SUFFIX}"
    return None


def _blob_credential(connection: Connection, extra: Mapping[str, Any]) -> Any:
    if principal := _principal(connection, extra):
        return principal
    if extra.get("sas_token"):
        return AzureSasCredential(str(extra["sas_token"]).rpartition("?")[2])
    if key := _key(connection, extra):
        if connection.login and not _tells_account(connection):
            return AzureNamedKeyCredential(connection.login, key)
        return key
    return _identity_of(extra)


def _principal(connection: Connection, extra: Mapping[str, Any]) -> ClientSecretCredential | None:
    if not extra.get("tenant_id"):
        return None
    if not connection.login or not connection.password:
        raise BadInput(
            f"connection {connection.id} has a tenant_id but no complete service principal",
            expected="client id as login, client secret as password",
        )
    return ClientSecretCredential(extra["tenant_id"], connection.login, connection.password)


def _identity_of(extra: Mapping[str, Any]) -> DefaultAzureCredential:
    return _identity(
        managed_identity_client_id=extra.get("managed_identity_client_id"),
        workload_identity_tenant_id=extra.get("workload_identity_tenant_id"),
    )


def _key(connection: Connection, extra: Mapping[str, Any]) -> str | None:
    return extra.get("shared_access_key") or connection.password or extra.get("account_key")


def _tells_account(connection: Connection) -> bool:
    """Only Azure's own host names say the account; elsewhere the login does."""
    return ".blob." in (connection.host or _SUFFIX) or not connection.login


def _authority(extra: Mapping[str, Any]) -> dict[str, Any]:
    """The authority that has signed the endpoint's certificate, where the extra names one."""
    path = extra.get("connection_verify")
    return {"connection_verify": path} if isinstance(path, str) else {}


def _identity(**settings: Any) -> DefaultAzureCredential:
    # It warns, in a dozen lines, of every identity it looked for in vain; the error that comes
    # of it says the same in one.
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
    return DefaultAzureCredential(**settings)


def _of_connection_string(text: str, account: str | None, **settings: Any) -> BlobServiceClient:
    client = BlobServiceClient.from_connection_string(text, **_azure_settings(**settings))
    _refuse_other_account(client, account)
    return client


def _refuse_other_account(client: BlobServiceClient, account: str | None) -> None:
    if account and client.account_name != account.partition(".")[0]:
        raise BadInput(
            "the connection string is of another account than the location",
            found=client.account_name,
            expected=account.partition(".")[0],
        )


def _service(url: str, credential: Any, **settings: Any) -> BlobServiceClient:
    return BlobServiceClient(url, credential=credential, **_azure_settings(**settings))


class _WidePool(RequestsTransport):
    """A transport that keeps as many connections as are used at once.

    Left to itself it keeps ten, and every further one is opened anew for each request.
    """

    def open(self) -> None:
        is_new = self.session is None
        super().open()
        if is_new and self.session is not None:
            for adapter in self.session.adapters.values():
                adapter.init_poolmanager(_HOSTS, _CONNECTIONS)


def _azure_settings(**settings: Any) -> dict[str, Any]:
    reached = {"connection_timeout": 5, "read_timeout": 60, **settings}
    return {
        # Three tries in all and short waits: an account that is down is known to be within seconds.
        "retry_policy": LinearRetry(backoff=1, retry_total=2, random_jitter_range=1),
        # The SDK holds what a request answers in memory: left to itself 32 MB of the first.
        # And what is read is checked range by range.
        "max_single_get_size": LARGEST_RANGE,
        "max_chunk_get_size": LARGEST_RANGE,
        "transport": _WidePool(connection_data_block_size=_SENT_AT_ONCE, **reached),
        **reached,
    }
