"""Every way of signing in that a connection may use, through the providers' hooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconcile.errors import AccessDenied, BadInput, Transient
from reconcile.model.location import Location
from reconcile.stores.opening import open_store
from tests.dags.cloud_front_door import FrontDoor, front_door, new_certificate

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

CANARY = "c4n4ry-secret"
ROLE = "arn:aws:iam::123456789012:role/reader"
KEY = "a2V5"  # as base64, like an account's
PRINCIPAL = "11111111-2222-3333-4444-555555555555"
S3 = Location.parse("s3://bucket/prefix")
AZURE = Location.parse("az://container/prefix")
# Within the ten minutes before an end botocore, and within five azure-core, must renew.
SOON = timedelta(seconds=90)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontDoor]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    with front_door() as opened:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", opened.url)
        yield opened


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_certificate(tmp_path_factory.mktemp("tls") / "certificate.pem")


@pytest.fixture
def azure_door(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontDoor]:
    """Behind TLS: tokens travel no other way."""
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with front_door(certificate=certificate) as opened:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        yield opened


@pytest.fixture
def clients(
    airflow_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    module = airflow_module("reconcile.orchestration.connections")

    def of(connection: dict[str, Any]) -> Any:
        monkeypatch.setenv("AIRFLOW_CONN_LAKE", json.dumps(connection))
        return module.AirflowClients({})

    return of


def aws(door: FrontDoor, *, login: str | None = None, **extra: Any) -> dict[str, Any]:
    """A connection whose S3 and STS are the door's."""
    services = {"s3": {"endpoint_url": door.url}, "sts": {"endpoint_url": door.url}}
    extra = {"region_name": "eu-west-1", "service_config": services} | extra
    password = None if login is None else CANARY
    return {"conn_type": "aws", "login": login, "password": password, "extra": extra}


def listed(clients: Any, location: Location, *, times: int = 1) -> None:
    """Lists an empty store, opened anew each time as a task's steps do."""
    for _ in range(times):
        store = open_store(location, connection="lake", clients=clients, environ={})
        assert list(store.list("")) == []


def keys(door: FrontDoor) -> list[str]:
    """The access keys that the store was asked with."""
    return [text.split("Credential=")[1].split("/")[0] for text in door.signatures]


def test_s3_by_keys(clients: Callable[..., Any], door: FrontDoor) -> None:
    listed(clients(aws(door, login="AKIAX")), S3)
    assert keys(door) == ["AKIAX"]


def test_s3_by_keys_and_endpoint_of_the_extra(clients: Callable[..., Any], door: FrontDoor) -> None:
    extra = {"aws_access_key_id": "AKIAY", "aws_secret_access_key": CANARY}
    listed(clients(aws(door, service_config={}, endpoint_url=door.url, **extra)), S3)
    assert keys(door) == ["AKIAY"]


def test_s3_by_a_session_token(clients: Callable[..., Any], door: FrontDoor) -> None:
    signed = clients(aws(door, login="ASIAX", aws_session_token="session-token"))
    listed(signed, S3)
    assert "x-amz-security-token" in door.signatures[0]
    assert signed.s3("lake")._request_signer._credentials.token == "session-token"


def test_s3_by_a_profile(
    clients: Callable[..., Any], door: FrontDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text(f"[lake]\naws_access_key_id = AKIAP\naws_secret_access_key = {CANARY}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    listed(clients(aws(door, profile_name="lake")), S3)
    assert keys(door) == ["AKIAP"]
    with pytest.raises(BadInput, match="connection lake cannot be used; found ProfileNotFound"):
        listed(clients(aws(door, profile_name="absent")), S3)


def test_s3_by_a_role_is_asked_of_sts_where_the_connection_says(
    clients: Callable[..., Any], door: FrontDoor
) -> None:
    door.lasts = timedelta(hours=1)
    role = {"role_arn": ROLE, "assume_role_kwargs": {"ExternalId": "e-1", "DurationSeconds": 900}}
    listed(clients(aws(door, login="AKIAX", **role)), S3, times=3)
    ((action, given),) = door.asked
    assert (action, given["RoleArn"], given["ExternalId"]) == ("AssumeRole", ROLE, "e-1")
    assert (given["RoleSessionName"], given["DurationSeconds"]) == ("airflow_lake", "900")
    assert keys(door) == ["KEY1"] * 3


def test_the_keys_of_a_role_are_renewed_before_they_end(
    clients: Callable[..., Any], door: FrontDoor
) -> None:
    door.lasts = SOON
    listed(clients(aws(door, login="AKIAX", role_arn=ROLE)), S3, times=2)
    assert set(door.names()) == {"AssumeRole"}
    first, second = keys(door)
    assert int(first[3:]) < int(second[3:])


def test_s3_by_web_identity_with_the_token_that_is_there_when_it_is_renewed(
    clients: Callable[..., Any], door: FrontDoor, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first-token")
    door.lasts = SOON
    signed = clients(
        aws(
            door,
            role_arn=ROLE,
            assume_role_method="assume_role_with_web_identity",
            assume_role_with_web_identity_federation="file",
            assume_role_with_web_identity_token_file=str(token),
        )
    )
    listed(signed, S3)
    token.write_text("second-token")
    listed(signed, S3)
    tokens = [given["WebIdentityToken"] for _, given in door.asked]
    assert set(door.names()) == {"AssumeRoleWithWebIdentity"}
    assert (tokens[0], tokens[-1]) == ("first-token", "second-token")
    first, second = keys(door)
    assert first != second


def test_s3_by_the_identity_of_an_instance(clients: Callable[..., Any], door: FrontDoor) -> None:
    listed(clients(aws(door)), S3)
    assert door.names() == ["session of the instance", "instance"]
    assert keys(door) == ["KEY2"]


def test_s3_by_the_identity_of_a_container(
    clients: Callable[..., Any], door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{door.url}/container")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-pod")
    door.lasts = SOON
    listed(clients(aws(door)), S3, times=2)
    assert door.asked[0] == ("container", {"authorization": "of-the-pod"})
    first, second = keys(door)
    assert first != second


def test_s3_by_saml_needs_a_package_that_says_its_name(
    clients: Callable[..., Any], door: FrontDoor
) -> None:
    saml = {"principal_arn": ROLE, "idp_url": door.url, "idp_auth_method": "http_spegno_auth"}
    connection = aws(
        door,
        login="AKIAX",
        role_arn=ROLE,
        assume_role_method="assume_role_with_saml",
        assume_role_with_saml=saml | {"saml_response_xpath": "//x"},
    )
    with pytest.raises(BadInput, match="needs a package that is not installed; found requests_gss"):
        listed(clients(connection), S3)


def test_what_sts_refuses_is_for_a_person_to_mend(
    clients: Callable[..., Any], door: FrontDoor
) -> None:
    door.refuses = True
    with pytest.raises(
        AccessDenied, match="lake: STS refuses its role; found AccessDenied"
    ) as told:
        listed(clients(aws(door, login="AKIAX", role_arn=ROLE)), S3)
    assert CANARY not in str(told.value)


def test_an_sts_that_does_not_answer_is_tried_again(
    clients: Callable[..., Any], door: FrontDoor
) -> None:
    nobody = {"sts": {"endpoint_url": "http://127.0.0.1:9"}}
    connection = aws(door, login="AKIAX", role_arn=ROLE, service_config=nobody)
    connection["extra"]["config_kwargs"] = {"retries": {"total_max_attempts": 1}}
    with pytest.raises(Transient, match="lake: STS does not answer"):
        listed(clients(connection), S3)


def test_a_session_is_made_once_for_all_that_a_task_opens(
    clients: Callable[..., Any], door: FrontDoor
) -> None:
    signed = clients(aws(door, login="AKIAX", role_arn=ROLE))
    assert signed.s3("lake") is signed.s3("lake")
    assert door.names() == ["AssumeRole"]


@pytest.mark.parametrize(
    ("fields", "extra", "signature"),
    [
        ({"login": "lake", "password": KEY}, {}, "SharedKey lake:"),
        ({"login": "lake"}, {"account_key": KEY}, "SharedKey lake:"),
        ({"login": "lake"}, {"shared_access_key": KEY}, "SharedKey lake:"),
        ({}, {"sas_token": "sv=2024&sig=abc%3D"}, "sig=abc%3D"),
        ({}, {"sas_token": "?sv=2024&sig=abc%3D"}, "sig=abc%3D"),
        ({"host": None}, {"sas_token": "{url}/?sv=2024&sig=abc%3D"}, "sig=abc%3D"),
        (
            {"host": None},
            {
                "connection_string": "DefaultEndpointsProtocol=https;AccountName=lake;"
                f"AccountKey={KEY};BlobEndpoint={{url}}/lake"
            },
            "SharedKey lake:",
        ),
    ],
    ids=[
        *("login and password", "extra.account_key", "extra.shared_access_key"),
        *("SAS token", "SAS token with its mark", "SAS URL", "connection string"),
    ],
)
def test_blob_storage_by_keys_and_signatures(
    clients: Callable[..., Any],
    azure_door: FrontDoor,
    fields: dict[str, Any],
    extra: dict[str, str],
    signature: str,
) -> None:
    filled = {name: value.replace("{url}", azure_door.url) for name, value in extra.items()}
    connection = {"conn_type": "wasb", "host": azure_door.url, **fields, "extra": filled}
    listed(clients(connection), AZURE)
    assert signature in azure_door.signatures[0]


def test_blob_storage_by_a_service_principal_asks_for_a_fresh_token_before_the_old_one_ends(
    clients: Callable[..., Any], azure_door: FrontDoor
) -> None:
    azure_door.lasts = SOON
    entra = {"authority": azure_door.url, "disable_instance_discovery": True}
    principal = {
        "conn_type": "wasb",
        "host": azure_door.url,
        "login": PRINCIPAL,
        "password": CANARY,
        "extra": {"tenant_id": "tenant", "client_secret_auth_config": entra},
    }
    listed(clients(principal), AZURE, times=2)
    given = azure_door.asked[0][1]
    assert (given["client_id"], given["client_secret"]) == (PRINCIPAL, CANARY)
    assert azure_door.signatures == ["Bearer token1", "Bearer token2"]


def test_blob_storage_by_a_managed_identity(
    clients: Callable[..., Any], azure_door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{azure_door.url}/managed")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    azure_door.lasts = timedelta(0)
    extra = {"managed_identity_client_id": PRINCIPAL}
    signed = clients({"conn_type": "wasb", "host": azure_door.url, "extra": extra})
    listed(signed, AZURE, times=2)
    assert azure_door.asked[0][1]["client_id"] == PRINCIPAL
    assert azure_door.signatures[0] == "Bearer token1"
    assert azure_door.signatures[1] != "Bearer token1"


def test_blob_storage_by_workload_identity(
    clients: Callable[..., Any],
    azure_door: FrontDoor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = tmp_path / "token"
    token.write_text("of-the-pod")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(token))
    monkeypatch.setenv("AZURE_CLIENT_ID", PRINCIPAL)
    monkeypatch.setenv("AZURE_TENANT_ID", "tenant")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", azure_door.url)
    azure_door.lasts = timedelta(0)
    extra = {"managed_identity_client_id": PRINCIPAL, "workload_identity_tenant_id": "tenant"}
    signed = clients({"conn_type": "wasb", "host": azure_door.url, "extra": extra})
    listed(signed, AZURE, times=2)
    assert azure_door.asked[0][1]["client_assertion"] == "of-the-pod"
    assert azure_door.signatures == ["Bearer token1", "Bearer token2"]


def test_only_an_authority_that_the_connection_names_is_trusted_besides(
    clients: Callable[..., Any],
    azure_door: FrontDoor,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    connection = {"conn_type": "wasb", "host": azure_door.url, "login": "lake", "password": KEY}
    for way in ({}, {"sas_token": "sig=abc"}):
        named = connection | {"extra": way | {"connection_verify": str(certificate)}}
        listed(clients(named), AZURE)
    azure_door.signatures.clear()
    with pytest.raises(BadInput, match="certificate"):
        listed(clients(connection), AZURE)
    assert azure_door.signatures == []
