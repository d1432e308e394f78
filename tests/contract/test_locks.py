"""Locks and holds: what stores do that can, what the others say, and the way through coats."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient
from botocore.exceptions import ClientError

from demo.servers import S3Endpoint
from reconcile.errors import AccessDenied, NotFound
from reconcile.model.location import Location
from reconcile.model.snapshot import AtRest, LockMode, Protection
from reconcile.model.sync import Limits
from reconcile.model.traffic import Traffic
from reconcile.model.unfinished import Part
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.checksum import checksum_of
from reconcile.stores.circuit import Circuit, Guarded
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.opening import open_folder, open_store
from reconcile.stores.pacing import Pace, Paced
from reconcile.stores.prefixed import Prefixed
from reconcile.stores.protocol import Locked, Store, Unprotectable
from reconcile.stores.retrying import Retrying
from reconcile.stores.s3 import S3Store
from tests.contract.site import Given
from tests.stores import blob_service, new_bucket, new_container, s3_client

FIRM = LockMode.COMPLIANCE
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)
LATER = SOON + timedelta(days=10)


@dataclass
class Blobs:
    """So much of Blob Storage as locks need: Azurite has none of them.

    Attributes:
        blobs: By name, the headers that its properties bear.
        are_locks_kept: Whether the container has version-level immutability.
        asked: Method and path of every request, in order.
        is_open: Whether the container tells of itself, and not only of its blobs.
    """

    url: str = ""
    blobs: dict[str, dict[str, str]] = field(default_factory=dict)
    are_locks_kept: bool = True
    asked: list[str] = field(default_factory=list)
    is_open: bool = True

    def answer(self, method: str, path: str, headers: Any) -> tuple[int, dict[str, str]]:
        self.asked.append(f"{method} {path}")
        name, _, query = path.removeprefix("/account/container").lstrip("/").partition("?")
        if "restype=container" in query or not name:
            if not self.is_open:
                return 403, {"x-ms-error-code": "AuthorizationPermissionMismatch"}
            kept = str(self.are_locks_kept).lower()
            return 200, {"x-ms-immutable-storage-with-versioning-enabled": kept}
        if name not in self.blobs and method != "PUT":
            return 404, {"x-ms-error-code": "BlobNotFound"}
        blob = self.blobs.setdefault(name, {})
        if "comp=immutabilityPolicies" in query:
            if not self.are_locks_kept:
                return 409, {"x-ms-error-code": "ContainerImmutableStorageWithVersioningNotEnabled"}
            until = headers["x-ms-immutability-policy-until-date"]
            told = {"x-ms-immutability-policy-mode": headers["x-ms-immutability-policy-mode"]}
            blob |= {"x-ms-immutability-policy-until-date": until, **told}
            return 200, {}
        if "comp=legalhold" in query:
            if not self.are_locks_kept:
                return 400, {"x-ms-error-code": "UnsupportedHeader"}
            blob["x-ms-legal-hold"] = headers["x-ms-legal-hold"]
            return 200, {"x-ms-legal-hold": headers["x-ms-legal-hold"]}
        if method == "DELETE":
            del self.blobs[name]
            return 202, {}
        return (201 if method == "PUT" else 200), blob


@pytest.fixture
def blobs() -> Iterator[Blobs]:
    played = Blobs()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers = played.answer(self.command, self.path, self.headers)
            now = format_datetime(datetime.now(UTC), usegmt=True)
            self.send_response(status)
            common = {"ETag": '"tag"', "Last-Modified": now, "Content-Length": "0"}
            for key, value in (common | headers).items():
                self.send_header(key, value)
            self.end_headers()

        do_GET = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        played.url = f"http://127.0.0.1:{server.server_port}/account"
        yield played
        server.shutdown()
        serving.join()


def locking_bucket(client: Any) -> str:
    name = f"bucket-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture(params=["s3", "az", "coats"])
def locking(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store that has locks, with one object."""
    with ExitStack() as stack:
        if request.param == "az":
            played = request.getfixturevalue("blobs")
            service = BlobServiceClient(played.url, credential="a2V5", retry_total=0)
            stack.enter_context(service)
            store: Store = BlobStore(service.get_container_client("container"))
        else:
            client = s3_client(request.getfixturevalue("s3_endpoint"))
            store = S3Store(client, locking_bucket(client))
        if request.param == "coats":
            circuit = Circuit("s3")
            store = Prefixed(Retrying(Paced(Guarded(store, circuit), Pace(Limits()))), "a/b")
        store.put("k", b"one")
        yield store


def test_what_was_not_locked_is_not(locking: Store) -> None:
    assert locking.protection("k") is None
    with pytest.raises(NotFound):
        locking.protection("absent")
    with pytest.raises(NotFound):
        locking.protect("absent", Protection(SOON))


def test_a_lock_is_set_and_told(locking: Store) -> None:
    assert locking.protect("k", Protection(SOON)) == Protection(SOON)
    assert locking.protection("k") == Protection(SOON)


def test_a_lock_is_made_longer_and_firmer_and_never_the_other_way(locking: Store) -> None:
    locking.protect("k", Protection(SOON))
    assert locking.protect("k", Protection(LATER)) == Protection(LATER)
    assert locking.protect("k", Protection(SOON)) == Protection(LATER)
    assert locking.protect("k", Protection()) == Protection(LATER)
    assert locking.protect("k", Protection(SOON, FIRM)) == Protection(LATER, FIRM)
    assert locking.protect("k", Protection(LATER)) == Protection(LATER, FIRM)
    assert locking.protection("k") == Protection(LATER, FIRM)


def test_a_lock_lasts_to_the_second_that_was_asked_for_and_is_set_once(locking: Store) -> None:
    wanted = Protection(SOON - timedelta(milliseconds=700))
    assert locking.protect("k", wanted) == Protection(SOON)
    requests = (locking.traffic or Traffic()).requests
    assert locking.protect("k", wanted) == Protection(SOON)
    assert (locking.traffic or Traffic()).requests == requests + 1


def test_a_hold_lies_beside_a_lock_until_it_is_released(locking: Store) -> None:
    assert locking.release("k") is None
    assert locking.protect("k", Protection(legal_hold=True)) == Protection(legal_hold=True)
    assert locking.protect("k", Protection(SOON)) == Protection(SOON, legal_hold=True)
    assert locking.protection("k") == Protection(SOON, legal_hold=True)
    assert locking.release("k") == Protection(SOON)
    assert locking.release("k") == Protection(SOON)
    assert locking.protection("k") == Protection(SOON)


@pytest.mark.parametrize(
    ("protection", "told"),
    [
        (Protection(SOON), f"found a lock until {SOON:%Y-%m-%d %H:%M:%S} UTC"),
        (Protection(legal_hold=True), "found a legal hold"),
        (Protection(SOON, FIRM, True), "found a legal hold and a lock until"),
    ],
    ids=["lock", "hold", "both"],
)
def test_what_is_locked_is_not_deleted(locking: Store, protection: Protection, told: str) -> None:
    tag = locking.head("k").etag
    locking.protect("k", protection)
    with pytest.raises(Locked, match=told):
        locking.delete("k", if_match=tag)
    assert locking.head("k").etag == tag
    assert issubclass(Locked, AccessDenied)


def test_what_is_not_locked_any_more_is_deleted(locking: Store) -> None:
    locking.protect("k", Protection(legal_hold=True))
    locking.release("k")
    locking.delete("k", if_match=locking.head("k").etag)
    with pytest.raises(NotFound):
        locking.head("k")
    locking.delete("k", if_match="gone")


@pytest.mark.servers
def test_the_newest_version_of_an_object_is_the_one_that_is_locked(s3_endpoint: S3Endpoint) -> None:
    client = s3_client(s3_endpoint)
    store = S3Store(client, locking_bucket(client))
    older = store.put("k", b"one")
    store.protect("k", Protection(LATER))
    newer = store.put("k", b"two")
    assert store.protection("k") is None
    store.protect("k", Protection(SOON))
    bucket = store.root.removeprefix("s3://")
    ends = {
        info.version: client.head_object(Bucket=bucket, Key="k", VersionId=info.version)[
            "ObjectLockRetainUntilDate"
        ]
        for info in (older, newer)
    }
    assert ends == {older.version: LATER, newer.version: SOON}


@pytest.mark.servers
def test_what_is_synchronised_is_deleted_in_a_bucket_with_locks_as_in_any(
    s3_endpoint: S3Endpoint,
) -> None:
    client = s3_client(s3_endpoint)
    bucket = locking_bucket(client)
    place, clients = Location.parse(f"s3://{bucket}/a"), Given(s3=client)
    folder = open_folder(place, clients=clients)
    tag = folder.put("k", b"one").etag
    folder.protect("k", Protection(SOON))
    with pytest.raises(Locked):
        folder.delete("k", if_match=tag)
    open_store(place, clients=clients).delete("a/k", if_match=tag)
    assert list(folder.list()) == []
    versions = client.list_object_versions(Bucket=bucket)["Versions"]
    assert [version["Key"] for version in versions] == ["a/k"]


def test_a_container_without_locks_is_asked_about_them_once(blobs: Blobs) -> None:
    blobs.are_locks_kept = False
    with BlobServiceClient(blobs.url, credential="a2V5", retry_total=0) as service:
        store = BlobStore(service.get_container_client("container"))
        for name in ("a", "b"):
            store.put(name, b"one")
            store.delete(name, if_match="tag")
    assert not any(line.startswith("HEAD") for line in blobs.asked)
    assert sum("restype=container" in line for line in blobs.asked) == 1


def test_where_a_container_tells_nothing_of_itself_every_blob_is_asked(blobs: Blobs) -> None:
    blobs.is_open = False
    with BlobServiceClient(blobs.url, credential="a2V5", retry_total=0) as service:
        store = BlobStore(service.get_container_client("container"))
        for name in ("a", "b"):
            store.put(name, b"one")
        store.protect("a", Protection(SOON))
        with pytest.raises(Locked):
            store.delete("a", if_match="tag")
        store.delete("b", if_match="tag")
    assert list(blobs.blobs) == ["a"]


@pytest.mark.parametrize(
    "code", ["ObjectLockConfigurationNotFoundError", "NoSuchKey", "NotImplemented", "AccessDenied"]
)
@pytest.mark.servers
def test_whatever_a_look_alike_says_of_locks_what_is_deleted_goes(
    s3_endpoint: S3Endpoint, code: str
) -> None:
    client = s3_client(s3_endpoint)
    store = S3Store(client, new_bucket(client))
    status = {"NotImplemented": 501, "AccessDenied": 403}.get(code, 404)
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse(**_: Any) -> Any:
        raise ClientError(answer, "GetObjectLockConfiguration")

    client.get_object_lock_configuration = refuse
    store.delete("k", if_match=store.put("k", b"one").etag)
    assert list(store.list()) == []


@pytest.mark.parametrize("kind", ["memory", "local", "s3", "s3 with versions", "az", "az played"])
def test_a_store_without_locks_says_so(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with ExitStack() as stack:
        store: Store = MemoryStore()
        if kind == "local":
            store = LocalStore(tmp_path)
        elif kind.startswith("s3"):
            client = s3_client(request.getfixturevalue("s3_endpoint"))
            bucket = new_bucket(client)
            if "versions" in kind:
                enabled = {"Status": "Enabled"}
                client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)
            store = S3Store(client, bucket)
        elif kind == "az":
            service = blob_service(request.getfixturevalue("blob_endpoint"))
            stack.enter_context(service)
            store = BlobStore(stack.enter_context(new_container(service)))
        elif kind == "az played":
            blobs = request.getfixturevalue("blobs")
            blobs.are_locks_kept = False
            service = BlobServiceClient(blobs.url, credential="a2V5", retry_total=0)
            stack.enter_context(service)
            store = BlobStore(service.get_container_client("container"))
        tag = store.put("k", b"one").etag
        assert store.protection("k") is None
        for wanted in (Protection(SOON), Protection(legal_hold=True)):
            with pytest.raises(Unprotectable, match=r"cannot be locked; found .*; expected a"):
                store.protect("k", wanted)
        store.delete("k", if_match=tag)
        with pytest.raises(NotFound):
            store.protection("k")
        with pytest.raises(NotFound):
            store.protect("k", Protection(SOON))


@pytest.mark.servers
@pytest.mark.parametrize(
    ("key", "told"),
    [(None, (None, None)), ("", ("aws:kms", None)), ("k-1", ("aws:kms", "k-1"))],
    ids=["nothing said", "its own key", "a key"],
)
def test_s3_is_told_how_to_encrypt_what_is_put_and_what_is_uploaded(
    s3_endpoint: S3Endpoint, key: str | None, told: tuple[str | None, str | None]
) -> None:
    client, data = s3_client(s3_endpoint), b"one"
    sent: list[tuple[str, Any, Any]] = []

    def heard(params: dict[str, Any], model: Any, **_: Any) -> None:
        kind = params.get("ServerSideEncryption"), params.get("SSEKMSKeyId")
        sent.append((model.name, *kind))

    client.meta.events.register("provide-client-params.s3.*", heard)
    bucket = new_bucket(client)
    place, clients = Location.parse(f"s3://{bucket}/a"), Given(s3=client)
    store = open_folder(place, clients=clients, at_rest=AtRest(kms_key=key))
    del sent[:]
    store.put("put", data)
    crc = checksum_of(data, algorithm="crc64nvme")
    upload = store.upload("uploaded")
    upload.put_part(0, data, crc64nvme=crc)
    upload.commit([Part(len(data), crc)], crc64nvme=crc)
    said = {name: kind for name, *kind in sent if "Upload" in name or "Put" in name}
    assert said["PutObject"] == said["CreateMultipartUpload"] == list(told)
    headed = client.head_object(Bucket=bucket, Key="a/put")
    assert (headed.get("ServerSideEncryption"), headed.get("SSEKMSKeyId")) == told


def test_blob_storage_is_told_how_to_encrypt_what_is_put_and_what_is_uploaded(
    monkeypatch: pytest.MonkeyPatch, blobs: Blobs
) -> None:
    scopes: dict[str, str | None] = {}
    plainly = Blobs.answer

    def answer(self: Blobs, method: str, path: str, headers: Any) -> tuple[int, dict[str, str]]:
        found = re.search(r"comp=(\w+)", path)
        scopes[found[1] if found else method] = headers["x-ms-encryption-scope"]
        return plainly(self, method, path, headers)

    monkeypatch.setattr(Blobs, "answer", answer)
    data = b"one"
    crc = checksum_of(data, algorithm="crc64nvme")
    with BlobServiceClient(blobs.url, credential="a2V5", retry_total=0) as service:
        at_rest = AtRest(scope="backups")
        store = BlobStore(service.get_container_client("container"), at_rest=at_rest)
        store.put("put", data)
        upload = store.upload("uploaded")
        upload.put_part(0, data, crc64nvme=crc)
        upload.commit([Part(len(data), crc)], crc64nvme=crc)
    assert scopes == dict.fromkeys(("PUT", "block", "blocklist"), "backups")


@pytest.mark.servers
def test_what_azure_keeps_immutable_is_said_to_be_locked(
    monkeypatch: pytest.MonkeyPatch, blobs: Blobs
) -> None:
    """Whatever of its policies it is that refuses: it is no error that passes by itself."""
    refusal = (409, {"x-ms-error-code": "BlobImmutableDueToPolicy"})
    monkeypatch.setattr(Blobs, "answer", lambda *_: refusal)
    with BlobServiceClient(blobs.url, credential="a2V5", retry_total=0) as service:
        store = BlobStore(service.get_container_client("container"))
        with pytest.raises(Locked, match="k is locked"):
            store.put("k", b"two")
        with pytest.raises(Locked, match="k is locked"):
            store.delete("k")
