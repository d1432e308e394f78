"""What is signed in as it is in use can do what stores ask of it, whatever the size of a blob."""

from __future__ import annotations

import pytest

from demo.servers import BlobEndpoint
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.clients import EnvironmentClients
from tests.stores import new_container


@pytest.mark.parametrize("size", [0, 1, 4 * 2**20, 4 * 2**20 + 1, 9 * 2**20])
def test_what_is_read_into_memory_is_checked_on_the_way(
    blob_endpoint: BlobEndpoint, size: int
) -> None:
    service = EnvironmentClients(blob_endpoint.environment()).blob_service(None, None)
    store, data = BlobStore(new_container(service)), bytes(range(256)) * (size // 256 + 1)
    written = store.put("blob", data[:size])
    assert store.get_whole(written)[0] == data[:size]
    assert store.get("blob", start=0, length=size, if_match=written.etag) == data[:size]
