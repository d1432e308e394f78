"""Clients that know nothing of the library: of moto and Azurite, and of proxies before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from demo.servers import BlobEndpoint, S3Endpoint
from tests.fault_proxy import FaultProxy, fault_proxy
from tests.stores import blob_service, new_bucket, new_container, s3_client


@dataclass(frozen=True)
class S3Site:
    """A new bucket, seen past a proxy and through it."""

    proxy: FaultProxy[S3Endpoint]
    bare: Any
    client: Any
    bucket: str

    def put(self, key: str, data: bytes) -> str:
        """Writes past the proxy, and tells the tag."""
        return str(self.bare.put_object(Bucket=self.bucket, Key=key, Body=data)["ETag"])

    def content(self, key: str) -> bytes:
        """Reads past the proxy."""
        answer = self.bare.get_object(Bucket=self.bucket, Key=key)
        with answer["Body"] as body:
            return bytes(body.read())


@dataclass(frozen=True)
class BlobSite:
    """A new container, seen past a proxy and through it."""

    proxy: FaultProxy[BlobEndpoint]
    bare: ContainerClient
    client: ContainerClient


@pytest.fixture(autouse=True)
def _no_waiting_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Azure SDK waits a second before it asks again for what was cut off."""
    monkeypatch.setattr("azure.storage.blob._download.time.sleep", lambda _seconds: None)


@pytest.fixture(scope="session")
def bare_s3(s3_endpoint: S3Endpoint) -> Any:
    """One client for all tests: boto3 takes a while to make one."""
    return s3_client(s3_endpoint)


@pytest.fixture
def s3(s3_endpoint: S3Endpoint, bare_s3: Any) -> Iterator[S3Site]:
    with fault_proxy(s3_endpoint) as proxy:
        yield S3Site(proxy, bare_s3, s3_client(proxy.endpoint), new_bucket(bare_s3))


@pytest.fixture
def blob(blob_endpoint: BlobEndpoint) -> Iterator[BlobSite]:
    with fault_proxy(blob_endpoint) as proxy, blob_service(blob_endpoint) as service:
        bare = new_container(service)
        with blob_service(proxy.endpoint) as proxied:
            yield BlobSite(proxy, bare, proxied.get_container_client(bare.container_name))
