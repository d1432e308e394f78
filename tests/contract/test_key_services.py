"""Keys of files, of KMS and of Key Vault: they wrap and unwrap, or say in a line why not."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import HttpTransport
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from demo.servers import S3Endpoint
from reconcile.errors import (
    AccessDenied,
    AlreadyExists,
    BadInput,
    NotFound,
    ReconcileError,
    Throttled,
    Transient,
    Unanswered,
)
from reconcile.model.snapshot import KeyPlace
from reconcile.stores import vault_sign_in
from reconcile.stores.aws_kms import AwsKms
from reconcile.stores.azure_sign_in import token_credential
from reconcile.stores.clients import EnvironmentClients
from reconcile.stores.connection import Connection
from reconcile.stores.key_file import KeyFile, new_key_file
from reconcile.stores.key_service import KeyService
from reconcile.stores.key_services import key_service

DATA_KEY = bytes(range(32))
HERE, THERE = "5f3a" * 8, "77c1" * 8
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
NAME = "backup"


class Token(NamedTuple):
    token: str
    expires_on: int


class Identity:
    """Signs in to whatever it is asked for."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> Token:
        self.scopes += scopes
        return Token("t0ken", 2**33)


class Nobody:
    """Cannot sign in."""

    def get_token(self, *_scopes: str, **_: Any) -> Token:
        raise ClientAuthenticationError("no identity at all")


@dataclass
class Vault:
    """A vault with one RSA key, whose versions all have the same numbers.

    Attributes:
        url: Where it listens.
        version: The newest version.
        refusal: What it answers instead, where it refuses: status and error.
        asked: The paths of the requests, in order.
    """

    url: str = ""
    version: str = "v1"
    refusal: tuple[int, Any] | None = None
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, body: dict[str, str], token: str | None) -> tuple[int, Any]:
        self.asked.append(path)
        if self.refusal is not None:
            return self.refusal
        assert (token, body["alg"]) == ("Bearer t0ken", "RSA-OAEP-256")
        _, keys, name, *version, verb = path.partition("?")[0].split("/")
        assert (keys, name) == ("keys", NAME)
        value = base64.urlsafe_b64decode(body["value"] + "==")
        version = version or [self.version]
        if version[0] not in ("v1", "v2"):
            return 404, {"error": {"code": "KeyNotFound"}}
        try:
            done = (
                RSA.public_key().encrypt(value, OAEP)
                if verb == "wrapkey"
                else RSA.decrypt(value, OAEP)
            )
        except ValueError:
            return 400, {"error": {"code": "BadParameter", "message": "the value is wrong"}}
        encoded = base64.urlsafe_b64encode(done).decode().rstrip("=")
        return 200, {"kid": f"{self.url}/keys/{NAME}/{version[0]}", "value": encoded}


@pytest.fixture
def vault() -> Iterator[Vault]:
    played = Vault()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = played.answer(self.path, body, self.headers["Authorization"])
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status in (429, 503):
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        played.url = f"http://127.0.0.1:{server.server_port}"
        yield played
        server.shutdown()
        serving.join()


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Identity:
    known = Identity()
    monkeypatch.setattr(vault_sign_in, "token_credential", lambda _connection: known)
    return known


def of_vault(vault: Vault, *, version: str = "") -> KeyService:
    address = f"{vault.url}/keys/{NAME}" + (f"/{version}" if version else "")
    place = KeyPlace("azure_key_vault", address)
    return key_service(place, clients=EnvironmentClients({}), environ={})


def kms_client(endpoint: S3Endpoint) -> Any:
    return boto3.client(
        "kms",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
        region_name=endpoint.region,
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )


def of_kms(endpoint: S3Endpoint, key: str) -> KeyService:
    extra = {"endpoint_url": endpoint.url, "region_name": endpoint.region}
    said = {
        "conn_type": "aws",
        "login": endpoint.access_key,
        "password": endpoint.secret_key,
        "extra": extra,
    }
    clients = EnvironmentClients({"AIRFLOW_CONN_KEYS": json.dumps(said)})
    return key_service(KeyPlace("aws_kms", key, "keys"), clients=clients, environ={})


@pytest.fixture(params=["file", "aws_kms", "azure_key_vault"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> KeyService:
    match request.param:
        case "file":
            new_key_file(tmp_path / "key")
            return key_service(KeyPlace("file", str(tmp_path / "key")))
        case "aws_kms":
            endpoint = request.getfixturevalue("s3_endpoint")
            return of_kms(endpoint, kms_client(endpoint).create_key()["KeyMetadata"]["Arn"])
    request.getfixturevalue("identity")
    return of_vault(request.getfixturevalue("vault"))


def test_what_was_wrapped_is_unwrapped(service: KeyService) -> None:
    wrapped = service.wrap(DATA_KEY, repository=HERE)
    assert DATA_KEY not in wrapped
    assert service.unwrap(wrapped, repository=HERE) == DATA_KEY
    assert service.wrap(DATA_KEY, repository=HERE) != wrapped
    assert service.unwrap(service.wrap(DATA_KEY)) == DATA_KEY


def test_a_key_that_was_wrapped_for_another_repository_is_refused(service: KeyService) -> None:
    wrapped = service.wrap(DATA_KEY, repository=HERE)
    for other in (THERE, ""):
        with pytest.raises(BadInput):
            service.unwrap(wrapped, repository=other)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "its end": lambda data: flipped(data, -1),
    "its middle": lambda data: flipped(data, len(data) // 2),
    "its beginning": lambda data: flipped(data, 0),
    "cut short": lambda data: data[:-1],
    "cut to nothing": lambda data: data[:3],
    "empty": lambda data: b"",
    "something else": lambda data: b"\xff{}" * 40,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_changed_is_refused_and_never_garbage(service: KeyService, damage: str) -> None:
    wrapped = DAMAGE[damage](service.wrap(DATA_KEY, repository=HERE))
    with pytest.raises(ReconcileError) as told:
        service.unwrap(wrapped, repository=HERE)
    assert isinstance(told.value, BadInput)
    assert told.value.next_step
    assert base64.b64encode(DATA_KEY).decode() not in str(told.value)


# Files.


def test_a_new_key_file_is_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = new_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(path.read_text())) == 32
    with pytest.raises(AlreadyExists, match="backups of the key in it would be lost"):
        new_key_file(path)
    assert KeyFile(path).unwrap(made.wrap(DATA_KEY)) == DATA_KEY
    with pytest.raises(AccessDenied, match="cannot be written"):
        new_key_file(tmp_path / "absent" / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_key_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    new_key_file(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(AccessDenied, match=f"found mode {mode:04o}; expected mode 0600.*chmod"):
        KeyFile(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "abc", "not base64 at all é", "QUJD", "A" * 4096])
def test_a_file_that_holds_no_key_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(BadInput, match="key holds no key; found something else; expected 32 ran"):
        KeyFile(path)


def test_a_key_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no key file"):
        KeyFile(tmp_path / "key")
    with pytest.raises(AccessDenied, match="cannot be read"):
        KeyFile(tmp_path)


def test_another_key_file_is_told_by_its_fingerprint(tmp_path: Path) -> None:
    ours, theirs = new_key_file(tmp_path / "ours"), new_key_file(tmp_path / "theirs")
    moved = (tmp_path / "ours").rename(tmp_path / "moved")
    assert KeyFile(moved).id == ours.id != theirs.id
    with pytest.raises(BadInput, match=f"found key {theirs.id}; expected key {ours.id}"):
        theirs.unwrap(ours.wrap(DATA_KEY))


# KMS.


@pytest.mark.parametrize(
    ("code", "status", "error", "says"),
    [
        ("DisabledException", 400, AccessDenied, "is disabled.*enable it"),
        ("KMSInvalidStateException", 400, AccessDenied, "present state.*cancel its deletion"),
        ("NotFoundException", 400, NotFound, "does not exist"),
        ("AccessDeniedException", 400, AccessDenied, "kms:Decrypt"),
        ("UnrecognizedClientException", 400, AccessDenied, "credentials are not accepted"),
        ("IncorrectKeyException", 400, BadInput, "did not wrap this repository's key"),
        ("InvalidCiphertextException", 400, BadInput, "did not wrap this repository's key"),
        ("InvalidKeyUsageException", 400, BadInput, "does not encrypt"),
        ("ThrottlingException", 400, Throttled, "come back later"),
        ("KeyUnavailableException", 500, Transient, "come back later"),
        ("KMSInternalException", 500, Transient, "come back later"),
        ("SomethingNew", 400, BadInput, r"found SomethingNew \(HTTP 400\)"),
    ],
)
def test_what_kms_refuses_is_said_in_a_line(
    code: str, status: int, error: type[ReconcileError], says: str
) -> None:
    class Refusing:
        class meta:  # noqa: N801 - boto3's name
            endpoint_url = "https://kms.eu-west-1.amazonaws.com"

        def decrypt(self, **_: Any) -> Any:
            answer = {"Error": {"Code": code, "Message": "arn:aws:secret"}}
            raise ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": status}}, "Decrypt")

    with pytest.raises(error, match=f"key alias/backup of AWS KMS.*{says}") as told:
        AwsKms(Refusing(), "alias/backup", environ={}).unwrap(b"x")
    assert type(told.value) is error
    assert "secret" not in str(told.value)


@pytest.mark.servers
def test_a_key_of_kms_that_is_not_there_is_not_found(s3_endpoint: S3Endpoint) -> None:
    with pytest.raises(NotFound, match="key alias/none of AWS KMS does not exist"):
        of_kms(s3_endpoint, "alias/none").wrap(DATA_KEY)


def test_kms_that_does_not_answer_is_unanswered() -> None:
    nowhere = S3Endpoint("http://127.0.0.1:1", "a", "s", "us-east-1")
    with pytest.raises(Unanswered, match="the service does not answer"):
        of_kms(nowhere, "alias/backup").wrap(DATA_KEY)


def test_kms_is_not_asked_without_tls() -> None:
    plain = S3Endpoint("http://kms.example", "a", "s", "us-east-1")
    with pytest.raises(BadInput, match=r"http://kms.example is not protected by TLS"):
        of_kms(plain, "alias/backup")


# Key Vault.


def test_a_key_that_was_rotated_unwraps_by_the_version_that_wrapped(
    vault: Vault, identity: Identity
) -> None:
    service = of_vault(vault)
    wrapped = service.wrap(DATA_KEY, repository=HERE)
    vault.version = "v2"
    assert service.unwrap(wrapped, repository=HERE) == DATA_KEY
    assert vault.asked == [
        f"/keys/{NAME}/wrapkey?api-version=7.4",
        f"/keys/{NAME}/v1/unwrapkey?api-version=7.4",
    ]
    assert set(identity.scopes) == {"https://vault.azure.net/.default"}
    with pytest.raises(BadInput, match="found version v1 of it"):
        of_vault(vault, version="v2").unwrap(wrapped, repository=HERE)


@pytest.mark.parametrize("stored", ["../../secrets/x.AAAA", "v1/../x.AAAA", "v1?a=b.AAAA", ".AAAA"])
def test_what_is_stored_cannot_lead_to_another_key(
    vault: Vault, identity: Identity, stored: str
) -> None:
    with pytest.raises(BadInput, match="no version of a key"):
        of_vault(vault).unwrap(stored.encode(), repository=HERE)
    assert vault.asked == []


def inner(code: str, within: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "s3cret", "innererror": {"code": within}}}


@pytest.mark.parametrize(
    ("refusal", "error", "says"),
    [
        ((403, inner("Forbidden", "KeyDisabled")), AccessDenied, "is disabled"),
        ((403, inner("Forbidden", "ForbiddenByPolicy")), AccessDenied, "wrapKey and unwrapKey"),
        ((401, {"error": {"code": "Unauthorized"}}), AccessDenied, "refused to this identity"),
        ((404, {"error": {"code": "KeyNotFound"}}), NotFound, "does not exist, or was deleted"),
        ((400, {"error": {"code": "BadParameter"}}), BadInput, "did not wrap this repository's"),
        ((409, {"error": {"code": "Conflict"}}), Transient, "come back later"),
        ((200, "no JSON"), Transient, "cannot be understood"),
        ((200, ["a", "list"]), Transient, "cannot be understood"),
        ((200, {"kid": "x/../y", "value": "AAAA"}), Transient, "cannot be understood"),
        ((418, "no JSON"), BadInput, r"found no code \(HTTP 418\)"),
    ],
)
def test_what_a_vault_refuses_is_said_in_a_line(
    vault: Vault, identity: Identity, refusal: Any, error: type[ReconcileError], says: str
) -> None:
    service = of_vault(vault)
    vault.refusal = refusal
    with pytest.raises(error, match=f"key {NAME} of {vault.url}.*{says}") as told:
        service.wrap(DATA_KEY)
    assert type(told.value) is error
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("value", ["no base64!", "é", "a"])
def test_an_answer_of_a_vault_that_is_none_is_said_in_a_line(
    vault: Vault, identity: Identity, value: str
) -> None:
    service = of_vault(vault)
    wrapped = service.wrap(DATA_KEY, repository=HERE)
    vault.refusal = (200, {"kid": "x", "value": value})
    with pytest.raises(Transient, match="cannot be understood"):
        service.unwrap(wrapped, repository=HERE)


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (503, Transient)])
def test_a_vault_that_is_busy_is_asked_again_a_few_times(
    vault: Vault,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    error: type[ReconcileError],
) -> None:
    monkeypatch.setattr(HttpTransport, "sleep", lambda *_: None)
    service = of_vault(vault)
    vault.refusal = status, {"error": {"code": "Busy"}}
    with pytest.raises(error, match="come back later"):
        service.wrap(DATA_KEY)
    assert len(vault.asked) == 3


def test_a_vault_that_does_not_answer_is_unanswered(identity: Identity) -> None:
    with pytest.raises(Unanswered, match="the vault does not answer"):
        of_vault(Vault("http://127.0.0.1:1")).wrap(DATA_KEY)


def test_nobody_signed_in_is_an_error_and_the_vault_is_not_asked(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_sign_in, "token_credential", lambda _connection: Nobody())
    with pytest.raises(AccessDenied, match="no identity to sign in with"):
        of_vault(vault).wrap(DATA_KEY)
    assert vault.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "backup",
        "https://safe.vault.azure.net/secrets/backup",
        "https://safe.vault.azure.net/keys/",
        "https://user:pw@safe.vault.azure.net/keys/backup",
        "https://safe.vault.azure.net/keys/a/b/c",
        "ftp://safe.vault.azure.net/keys/backup",
    ],
)
def test_an_address_that_is_no_keys_is_refused(identity: Identity, address: str) -> None:
    place = KeyPlace("azure_key_vault", address)
    with pytest.raises(BadInput, match="no key of Azure Key Vault"):
        key_service(place, clients=EnvironmentClients({}), environ={})


def test_a_vault_is_not_asked_without_tls(identity: Identity) -> None:
    place = KeyPlace("azure_key_vault", "http://vault.example/keys/backup")
    with pytest.raises(BadInput, match="not protected by TLS"):
        key_service(place, clients=EnvironmentClients({}), environ={})


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("safe.vault.azure.net", "https://vault.azure.net/.default"),
        ("safe.vault.azure.cn", "https://vault.azure.cn/.default"),
        ("safe.managedhsm.azure.net", "https://managedhsm.azure.net/.default"),
    ],
)
def test_a_token_is_for_the_clouds_vaults(host: str, scope: str) -> None:
    assert vault_sign_in.scope_of(host) == scope


@pytest.mark.parametrize(
    ("connection", "credential"),
    [
        (None, "DefaultAzureCredential"),
        ({"login": "account", "password": "a2V5"}, "DefaultAzureCredential"),
        ({"extra": {"managed_identity_client_id": "1"}}, "DefaultAzureCredential"),
        ({"login": "a", "password": "b", "extra": {"tenant_id": "c"}}, "ClientSecretCredential"),
    ],
    ids=["none", "an account's key", "managed identity", "service principal"],
)
def test_a_vault_is_signed_in_to_by_an_identity_and_never_by_an_accounts_key(
    connection: dict[str, Any] | None, credential: str
) -> None:
    found = None
    if connection is not None:
        said = json.dumps({"conn_type": "wasb", **connection})
        found = Connection.from_environment("keys", {"AIRFLOW_CONN_KEYS": said})
    assert type(token_credential(found)).__name__ == credential


def test_an_unknown_kind_of_key_is_refused() -> None:
    with pytest.raises(BadInput, match="found gcp; expected file, aws_kms, azure_key_vault"):
        key_service(KeyPlace("gcp", "x"))
