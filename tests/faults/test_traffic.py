"""What goes over the wire is counted as the service counts it: every request, every byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from azure.storage.blob import BlobServiceClient, LinearRetry
from botocore.config import Config

from reconcile.errors import ReconcileError
from reconcile.model.objects import ObjectInfo
from reconcile.model.traffic import Traffic
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.protocol import CutShort, Store
from reconcile.stores.retrying import Retrying
from reconcile.stores.s3 import S3Store
from tests.faults.server import CONTENT, TAG, Script, scripted_server

PINNED = ObjectInfo("k", len(CONTENT), TAG)


def s3_store(url: str) -> S3Store:
    client = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="access",
        aws_secret_access_key="secret",
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
    )
    return S3Store(client, "bucket")


def blob_store(url: str) -> BlobStore:
    retry = LinearRetry(backoff=0, retry_total=2, random_jitter_range=0)
    service = BlobServiceClient(f"{url}/acct", credential="a2V5", retry_policy=retry)
    return BlobStore(service.get_container_client("container"))


STORES: dict[str, Callable[[str], Store]] = {"s3": s3_store, "blob": blob_store}


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(params=["s3", "blob"])
def store(
    request: pytest.FixtureRequest, script: Script, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    with scripted_server(script) as url:
        yield STORES[request.param](url)


def test_a_store_that_was_asked_nothing_has_no_traffic(store: Store) -> None:
    assert store.traffic == Traffic(0, 0)


def test_what_is_fetched_is_counted(store: Store, script: Script, tmp_path: Path) -> None:
    store.get_to_file(PINNED, tmp_path / "copy")
    store.get("k")
    store.head("k")
    assert store.traffic == Traffic(len(script.asked), 2 * len(CONTENT))
    assert len(script.asked) == 3


ASKING: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get("k"),
    "list": lambda store: list(store.list()),
}


@pytest.mark.parametrize("ask", sorted(ASKING))
def test_every_try_is_a_request(store: Store, script: Script, ask: str) -> None:
    script.status = 503
    with pytest.raises(ReconcileError):
        ASKING[ask](store)
    assert len(script.asked) >= 3
    assert store.traffic == Traffic(len(script.asked), 0)


def test_what_was_fetched_in_vain_was_received_too(
    store: Store, script: Script, tmp_path: Path
) -> None:
    coat, pinned = Retrying(store), replace(PINNED, size=len(CONTENT) + 1)
    with pytest.raises(CutShort):
        coat.get_to_file(pinned, tmp_path / "copy")
    tries = len(script.asked)
    assert tries >= 2
    assert coat.traffic == Traffic(tries, tries * len(CONTENT))


def test_stores_that_share_a_client_are_counted_apart(store: Store, script: Script) -> None:
    assert isinstance(store, S3Store | BlobStore)
    client = store._client
    other = S3Store(client, "bucket") if isinstance(store, S3Store) else BlobStore(client)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: (store if number % 3 else other).get("k"), range(30)))
    assert store.traffic == Traffic(20, 20 * len(CONTENT))
    assert other.traffic == Traffic(10, 10 * len(CONTENT))
