"""Connections as Airflow writes them, read as Airflow reads them, without Airflow."""

from __future__ import annotations

import traceback
from urllib.parse import quote

import pytest

from reconcile.errors import BadInput
from reconcile.stores.clients import EnvironmentClients
from reconcile.stores.connection import Connection, refuse_unverified


def parsed(text: str) -> Connection:
    found = Connection.from_environment("x", {"AIRFLOW_CONN_X": text})
    assert found is not None
    return found


def test_the_variable_is_the_id_in_capitals_and_may_be_unset() -> None:
    assert Connection.from_environment("aws_default", {}) is None
    found = Connection.from_environment("aws_default", {"AIRFLOW_CONN_AWS_DEFAULT": "aws://a:b@"})
    assert found is not None
    assert (found.login, found.password) == ("a", "b")


CANARY = "c4n4ry-secret"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no connection",
        f"{{'password': '{CANARY}'}}",
        f'{{"password": "{CANARY}", ',
        f'["{CANARY}"]',
        f'{{"extra": "{CANARY}"}}',
        f'{{"extra": ["{CANARY}"]}}',
        f"aws://a:{CANARY}@[host/",
        f"aws://a://b://{CANARY}",
        f"aws://?__extra__={CANARY}",
    ],
)
def test_what_is_no_connection_is_named_by_its_variable_and_never_shown(text: str) -> None:
    with pytest.raises(BadInput, match="AIRFLOW_CONN_X") as caught:
        Connection.from_environment("x", {"AIRFLOW_CONN_X": text})
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_nothing_secret_shows_in_the_repr() -> None:
    shown = repr(parsed(f"aws://{CANARY}:{CANARY}@/?aws_session_token={CANARY}"))
    assert CANARY not in shown
    assert "aws" in shown


@pytest.mark.parametrize(
    "extra",
    [
        {"verify": False},
        {"verify": "false"},
        {"verify": "False"},
        {"verify": 0},
        {"connection_verify": False},
        {"service_config": {"s3": {"verify": False}}},
    ],
    ids=str,
)
def test_unverified_certificates_are_refused(extra: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=r"x turns the verification .*verify"):
        refuse_unverified("x", extra)


@pytest.mark.parametrize("extra", [{}, {"verify": True}, {"verify": "/etc/ca.pem"}], ids=str)
def test_verified_certificates_are_fine(extra: dict[str, object]) -> None:
    refuse_unverified("x", extra)


def aws(text: str) -> object:
    return EnvironmentClients({"AIRFLOW_CONN_X": text}).s3("x")


def blob(environ: dict[str, str], *, account: str | None = None) -> str:
    with EnvironmentClients(environ).blob_service("x", account) as service:
        return str(service.url)


def test_an_aws_connection_says_keys_region_and_endpoint() -> None:
    client = aws(
        "aws://AKIA:secret@/?region_name=eu-west-1&aws_session_token=token"
        "&endpoint_url=https%3A%2F%2Fstorage.example"
    )
    credentials = client._request_signer._credentials  # type: ignore[attr-defined]
    assert (credentials.access_key, credentials.secret_key) == ("AKIA", "secret")
    assert credentials.token == "token"
    assert client.meta.region_name == "eu-west-1"  # type: ignore[attr-defined]
    assert client.meta.endpoint_url == "https://storage.example"  # type: ignore[attr-defined]


def test_an_aws_connection_may_assume_a_role() -> None:
    client = aws("aws://AKIA:secret@/?region_name=eu-west-1&role_arn=arn:aws:iam::1:role/r")
    credentials = client._request_signer._credentials  # type: ignore[attr-defined]
    assert credentials.method == "assume-role"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wasb://account:key@/", "another kind.*found wasb.*expected aws"),
        ("aws:///?verify=false", "verification of TLS"),
        ("aws:///?profile_name=no-such-profile", "connection x.*ProfileNotFound"),
        ("aws:///?endpoint_url=no-url", "connection x.*ValueError"),
        ("aws://a:b@/?role_arn=r&assume_role_method=assume_role_with_saml", "inside Airflow only"),
    ],
)
def test_an_unusable_aws_connection_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        aws(text)


KEY = "a2V5"
STRING = f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY}"
ACCT, OTHER = "acct.blob.core.windows.net", "other.blob.core.windows.net"
PRINCIPAL = {"AIRFLOW_CONN_X": "wasb://client:secret@/?tenant_id=t"}
ACCOUNT = {"AZURE_STORAGE_ACCOUNT": "acct"}


@pytest.mark.parametrize(
    ("environ", "account", "host"),
    [
        ({"AIRFLOW_CONN_X": f"wasb://acct:{KEY}@"}, None, ACCT),
        ({"AIRFLOW_CONN_X": f"wasb://acct:{KEY}@acct.example"}, None, "acct.example"),
        ({"AIRFLOW_CONN_X": f"wasb://acct:{KEY}@https%3A%2F%2Fa.example"}, None, "a.example"),
        ({"AIRFLOW_CONN_X": f"wasb:///?connection_string={quote(STRING)}"}, None, ACCT),
        ({"AIRFLOW_CONN_X": "wasb://acct@/?sas_token=sv%3D1%26sig%3Dx"}, None, ACCT),
        (PRINCIPAL, ACCT, ACCT),
        (PRINCIPAL | ACCOUNT, None, ACCT),
        ({"AZURE_STORAGE_CONNECTION_STRING": STRING}, None, ACCT),
        (ACCOUNT | {"AZURE_STORAGE_KEY": KEY}, None, ACCT),
        (ACCOUNT | {"AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=x"}, None, ACCT),
        (ACCOUNT, OTHER, OTHER),
    ],
)
def test_blob_accounts(environ: dict[str, str], account: str | None, host: str) -> None:
    assert blob(environ, account=account) == f"https://{host}/"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "AIRFLOW_CONN_X, AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCOUNT"),
        ({"AZURE_STORAGE_CONNECTION_STRING": CANARY}, "AZURE_STORAGE_CONNECTION_STRING.*malformed"),
        ({"AIRFLOW_CONN_X": f"wasb:///?connection_string={CANARY}"}, "connection x.*malformed"),
        ({"AIRFLOW_CONN_X": f"wasb://:{CANARY}@/"}, "names no storage account"),
        ({"AIRFLOW_CONN_X": "wasb://client@acct.example/?tenant_id=t"}, "service principal"),
        ({"AIRFLOW_CONN_X": f"aws://a:{CANARY}@"}, "another kind.*found aws.*expected wasb"),
        ({"AIRFLOW_CONN_X": f"wasb://a:{CANARY}@/?connection_verify=false"}, "verification of TLS"),
    ],
)
def test_an_unusable_blob_sign_in_is_refused(environ: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        blob(environ)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_connection_of_another_account_than_the_location_is_refused() -> None:
    for text in (f"wasb://acct:{KEY}@", f"wasb:///?connection_string={quote(STRING)}"):
        with pytest.raises(BadInput, match="another account"):
            blob({"AIRFLOW_CONN_X": text}, account="other.blob.core.windows.net")


def test_a_connection_is_known_where_its_variable_is_set() -> None:
    clients = EnvironmentClients({"AIRFLOW_CONN_X": "aws://"})
    assert clients.knows("x")
    assert not clients.knows("nowhere")
