"""Services that ask for fewer requests, and services that are dead, through the coats for them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from azure.storage.blob import BlobServiceClient
from botocore.config import Config

from demo.processes import free_port
from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import Throttled, Transient, Unanswered
from reconcile.model.objects import ObjectInfo
from reconcile.model.sync import Limits
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.circuit import Circuit, CircuitOpen, Guarded
from reconcile.stores.pacing import Pace, Paced
from reconcile.stores.protocol import Store
from reconcile.stores.s3 import S3Store
from tests.faults.server import CONTENT, TAG, Script, scripted_server
from tests.stores import blob_service, s3_client
from tests.unit.fake_time import FakeTime

PINNED = ObjectInfo("k", len(CONTENT), TAG)


def s3_store(url: str) -> Store:
    return S3Store(s3_client(S3Endpoint(url, "access", "secret")), "bucket")


def blob_store(url: str) -> Store:
    service = blob_service(BlobEndpoint(f"{url}/acct", "acct", "a2V5"))
    return BlobStore(service.get_container_client("container"))


STORES: dict[str, Callable[[str], Store]] = {"s3": s3_store, "blob": blob_store}


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(params=["s3", "blob"])
def store(request: pytest.FixtureRequest, script: Script) -> Iterator[Store]:
    with scripted_server(script) as url:
        yield STORES[request.param](url)


VERBS: dict[str, tuple[int, Callable[[Store, Path], object]]] = {
    "head": (200, lambda store, _: store.head("k")),
    "get": (200, lambda store, _: store.get("k")),
    "get_to_file": (200, lambda store, folder: store.get_to_file(PINNED, folder / "copy")),
    "put": (201, lambda store, _: store.put("k", b"x")),
    "put, create-only": (201, lambda store, _: store.put("k", b"x", create_only=True)),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_storm_is_waited_out_as_the_service_wishes(
    store: Store, script: Script, tmp_path: Path, verb: str
) -> None:
    well, ask = VERBS[verb]
    time = FakeTime()

    def storm_ends(seconds: float) -> None:
        time.pause(seconds)
        script.status = well if len(time.pauses) == 3 else 429

    pace = Pace(Limits(), clock=time.clock, pause=storm_ends, random=lambda: 0.0)
    script.status, script.headers = 503, {"Retry-After": "9"}
    script.content = b"" if well == 201 else CONTENT  # the server sends no body to a PUT
    ask(Paced(store, pace), tmp_path)
    assert time.pauses == [9.0, 9.0, 9.0]
    assert len(script.asked) == 4
    assert pace.width == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_says_for_how_long(store: Store, script: Script, status: int) -> None:
    script.status = status
    for headers, seconds in (({}, None), ({"Retry-After": "11"}, 11.0)):
        script.headers = headers
        with pytest.raises(Throttled) as caught:
            store.head("k")
        assert caught.value.retry_after == seconds


@pytest.mark.parametrize(("status", "code"), [(500, "OperationTimedOut"), (503, "InternalError")])
def test_what_was_given_up_halfway_was_not_refused(script: Script, status: int, code: str) -> None:
    script.status, script.headers = status, {"x-ms-error-code": code}
    with scripted_server(script) as url, pytest.raises(Transient) as caught:
        blob_store(url).put("k", b"x", create_only=True)
    assert not isinstance(caught.value, Throttled)


@pytest.mark.parametrize("kind", STORES)
def test_a_dead_endpoint_is_soon_touched_no_more(kind: str) -> None:
    time = FakeTime()
    store = STORES[kind](f"http://127.0.0.1:{free_port()}")
    coat = Guarded(store, Circuit(store.address, failures=3, clock=time.clock))
    for _ in range(3):
        with pytest.raises(Unanswered):
            coat.head("k")
    touched = store.traffic
    with pytest.raises(CircuitOpen, match=r"127\.0\.0\.1.* does not answer; found 3 failures"):
        coat.head("k")
    assert store.traffic == touched
    time.now += 31
    with pytest.raises(Unanswered) as caught:
        coat.head("k")
    assert not isinstance(caught.value, CircuitOpen)
    assert store.traffic != touched


def hasty_s3(url: str) -> Store:
    client: Any = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="access",
        aws_secret_access_key="secret",
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=0.1),
    )
    return S3Store(client, "bucket")


def hasty_blob(url: str) -> Store:
    service = BlobServiceClient(f"{url}/acct", credential="a2V5", retry_total=0, read_timeout=0.1)
    return BlobStore(service.get_container_client("container"))


@pytest.mark.parametrize("opened", [hasty_s3, hasty_blob], ids=["s3", "blob"])
def test_an_endpoint_that_takes_calls_and_says_nothing_does_not_answer(
    opened: Callable[[str], Store],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = opened(f"http://127.0.0.1:{silent.getsockname()[1]}")
        for ask in (lambda: store.head("k"), lambda: store.put("k", b"x")):
            with pytest.raises(Unanswered, match="does not answer"):
                ask()
