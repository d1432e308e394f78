"""Blobs that are read whole are held against the MD5 that the service keeps, or range by range."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from azure.storage.blob import ContainerClient

from demo.servers import BlobEndpoint
from reconcile.errors import Changed
from reconcile.stores.azure_blob import BlobStore
from tests.stores import blob_service, new_container

DATA = bytes(range(256)) * 40


@pytest.fixture
def container(blob_endpoint: BlobEndpoint) -> Iterator[ContainerClient]:
    with blob_service(blob_endpoint) as service:
        yield new_container(service)


@pytest.fixture
def requests(container: ContainerClient) -> Callable[[BlobStore, Callable[[], object]], int]:
    def counted(store: BlobStore, work: Callable[[], object]) -> int:
        before = store.traffic.requests
        work()
        return store.traffic.requests - before

    return counted


@pytest.mark.parametrize("told", ["right", "wrong", None])
def test_a_whole_blob_is_read_whatever_is_told_of_its_md5(
    container: ContainerClient, requests: Callable[..., int], told: str | None
) -> None:
    store = BlobStore(container)
    store.put("x", DATA)
    [pinned] = store.list()
    assert pinned.md5 is not None
    if told != "right":
        pinned = replace(pinned, md5=told and "AAAAAAAAAAAAAAAAAAAAAA==")
    asked = requests(store, lambda: store.get_whole(pinned))
    assert store.get_whole(pinned)[0] == DATA
    assert asked == (2 if told == "wrong" else 1)


def test_a_blob_that_was_replaced_is_not_read(container: ContainerClient) -> None:
    store = BlobStore(container)
    store.put("x", DATA)
    [pinned] = store.list()
    store.put("x", DATA[::-1])
    with pytest.raises(Changed):
        store.get_whole(pinned)
