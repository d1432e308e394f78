"""Signing in by Airflow's connections, against real servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.credentials import RefreshableCredentials

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import BadInput
from reconcile.model.location import Location
from reconcile.model.snapshot import KeyPlace
from reconcile.stores.key_services import key_service
from reconcile.stores.opening import open_store
from tests import stores

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

CANARY = "c4n4ry-secret"
S3 = Location.parse("s3://bucket/prefix")
AZURE = Location.parse("az://container/prefix")


@pytest.fixture
def signed_in_by(
    airflow_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Clients of the connection `lake`, kept where `airflow tasks test` finds it."""
    module = airflow_module("reconcile.orchestration.connections")

    def clients(connection: dict[str, Any] | None, **environ: str) -> Any:
        if connection is not None:
            monkeypatch.setenv("AIRFLOW_CONN_LAKE", json.dumps(connection))
        return module.AirflowClients(environ)

    return clients


def opened(clients: Any, location: Location) -> Any:
    return open_store(location, connection="lake", clients=clients, environ={})


@pytest.mark.servers
def test_s3_by_a_connection(signed_in_by: Callable[..., Any], s3_endpoint: S3Endpoint) -> None:
    bucket = stores.new_bucket(stores.s3_client(s3_endpoint))
    clients = signed_in_by(
        {
            "conn_type": "aws",
            "login": s3_endpoint.access_key,
            "password": s3_endpoint.secret_key,
            "extra": {"endpoint_url": s3_endpoint.url, "region_name": s3_endpoint.region},
        }
    )
    store = opened(clients, Location.parse(f"s3://{bucket}/"))
    store.put("a", b"one")
    assert [info.name for info in store.list("")] == ["a"]


@pytest.mark.servers
@pytest.mark.parametrize("kept_as", ["connection string", "account and key", "extra's key"])
def test_blob_storage_by_a_connection(
    signed_in_by: Callable[..., Any], blob_endpoint: BlobEndpoint, kept_as: str
) -> None:
    container = stores.new_container(stores.blob_service(blob_endpoint))
    account = {"host": blob_endpoint.url, "login": blob_endpoint.account}
    fields: dict[str, dict[str, Any]] = {
        "connection string": {"extra": {"connection_string": blob_endpoint.connection_string}},
        "account and key": {**account, "password": blob_endpoint.key},
        "extra's key": {**account, "extra": {"shared_access_key": blob_endpoint.key}},
    }
    clients = signed_in_by({"conn_type": "wasb", **fields[kept_as]})
    store = opened(clients, Location.parse(f"az://{container.container_name}/"))
    store.put("a", b"one")
    assert [info.name for info in store.list("")] == ["a"]


@pytest.mark.servers
def test_a_key_of_kms_by_a_connection(
    signed_in_by: Callable[..., Any], s3_endpoint: S3Endpoint
) -> None:
    extra = {
        "region_name": s3_endpoint.region,
        "service_config": {"kms": {"endpoint_url": s3_endpoint.url}},
    }
    key = {"login": s3_endpoint.access_key, "password": s3_endpoint.secret_key}
    clients = signed_in_by({"conn_type": "aws", **key, "extra": extra})
    made = clients.kms("lake").create_key()["KeyMetadata"]["KeyId"]
    service = key_service(KeyPlace("aws_kms", made, "lake"), clients=clients, environ={})
    assert service.unwrap(service.wrap(b"key", repository="a"), repository="a") == b"key"
    assert clients.kms("lake") is clients.kms("lake")


def test_a_key_of_a_vault_by_a_connection(signed_in_by: Callable[..., Any]) -> None:
    place = KeyPlace("azure_key_vault", "https://safe.vault.azure.net/keys/backup", "lake")
    principal = {"conn_type": "wasb", "login": "client", "password": CANARY}
    whole = signed_in_by({**principal, "extra": {"tenant_id": "tenant"}})
    assert key_service(place, clients=whole, environ={}).id == place.id
    assert whole.key_vault("lake", place.id) is whole.key_vault("lake", place.id)
    del principal["password"]
    partly = signed_in_by({**principal, "extra": {"tenant_id": "tenant"}})
    with pytest.raises(BadInput, match="no complete service principal"):
        key_service(place, clients=partly, environ={})
    with pytest.raises(BadInput, match=r"another kind.*found aws; expected wasb"):
        key_service(place, clients=signed_in_by({"conn_type": "aws"}), environ={})


@pytest.mark.servers
def test_a_side_without_a_connection_signs_in_by_the_environment(
    signed_in_by: Callable[..., Any], blob_endpoint: BlobEndpoint
) -> None:
    container = stores.new_container(stores.blob_service(blob_endpoint))
    clients = signed_in_by(None, **blob_endpoint.environment())
    location = Location.parse(f"az://{container.container_name}/")
    assert list(open_store(location, clients=clients, environ={}).list("")) == []


def test_a_connection_that_airflow_lacks_is_told(
    signed_in_by: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    clients = signed_in_by({"conn_type": "aws"})
    assert clients.knows("lake")
    assert not clients.knows("nowhere")
    clients.s3("nowhere")
    assert caplog.messages == [
        "no connection nowhere here: the clouds' own variables are used",
    ]


@pytest.mark.parametrize(
    ("connection", "location", "message"),
    [
        ({"conn_type": "wasb", "login": "a"}, S3, "another kind.*found wasb; expected aws"),
        ({"conn_type": "aws"}, AZURE, "another kind.*found aws; expected wasb"),
        ({"conn_type": "aws", "extra": {"verify": False}}, S3, "turns the verification"),
        (
            {"conn_type": "wasb", "login": "a", "extra": {"connection_verify": False}},
            AZURE,
            "turns the verification",
        ),
        (
            {
                "conn_type": "wasb",
                "extra": {"client_secret_auth_config": {"connection_verify": "false"}},
            },
            AZURE,
            "found client_secret_auth_config.connection_verify: false",
        ),
        (
            {"conn_type": "aws", "extra": {"endpoint_url": "http://s3.example"}},
            S3,
            "not protected by TLS",
        ),
        (
            {
                "conn_type": "wasb",
                "host": "http://blobs.example",
                "extra": {"sas_token": "sig=abc"},
            },
            AZURE,
            "not protected by TLS",
        ),
        (
            {"conn_type": "wasb", "login": "a", "password": "a2V5"},
            Location.parse("abfss://c@other.dfs.core.windows.net/"),
            "another account than the location; found a.blob.core.windows.net; "
            "expected other.blob.core.windows.net",
        ),
        (
            {"conn_type": "wasb", "extra": {"connection_string": CANARY}},
            AZURE,
            "connection lake cannot be used",
        ),
        (
            {"conn_type": "aws", "password": CANARY, "extra": {"assume_role_method": "magic"}},
            S3,
            "connection lake cannot be used",
        ),
    ],
    ids=[
        *(
            "azure for s3",
            "aws for azure",
            "verify",
            "connection_verify",
            "of the tokens",
            "plain s3",
        ),
        *("plain azure", "another account", "no connection string", "no such method"),
    ],
)
def test_what_is_not_usable_is_refused_in_one_line(
    signed_in_by: Callable[..., Any], connection: dict[str, Any], location: Location, message: str
) -> None:
    if connection.get("extra", {}).get("assume_role_method"):
        connection["extra"]["role_arn"] = "arn:aws:iam::123456789012:role/reader"
    with pytest.raises(BadInput, match=message) as refused:
        opened(signed_in_by(connection), location)
    assert CANARY not in str(refused.value)


def test_a_service_principal_is_no_account(signed_in_by: Callable[..., Any]) -> None:
    principal = {
        "conn_type": "wasb",
        "login": "11111111-2222-3333-4444-555555555555",
        "password": CANARY,
        "extra": {"tenant_id": "66666666-7777-8888-9999-000000000000"},
    }
    named = signed_in_by(principal).blob_service("lake", "flights.blob.core.windows.net")
    assert named.url == "https://flights.blob.core.windows.net/"
    by_variable = signed_in_by(principal, AZURE_STORAGE_ACCOUNT="hotels").blob_service("lake", None)
    assert by_variable.url == "https://hotels.blob.core.windows.net/"
    with pytest.raises(BadInput, match="names no storage account"):
        signed_in_by(principal).blob_service("lake", None)


@pytest.mark.servers
def test_the_credentials_of_a_role_renew_themselves(
    signed_in_by: Callable[..., Any], s3_endpoint: S3Endpoint
) -> None:
    clients = signed_in_by(
        {
            "conn_type": "aws",
            "login": "base",
            "password": "base-secret",
            "extra": {
                "region_name": "us-east-1",
                "role_arn": "arn:aws:iam::123456789012:role/reader",
                "service_config": {
                    "s3": {"endpoint_url": s3_endpoint.url},
                    "sts": {"endpoint_url": s3_endpoint.url},
                },
            },
        }
    )
    credentials = clients.s3("lake")._request_signer._credentials
    assert isinstance(credentials, RefreshableCredentials)
    assert credentials.method == "sts-assume-role"
