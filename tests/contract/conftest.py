"""A site on every kind of store."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import Store
from reconcile.stores.s3 import S3Store
from tests.contract.site import Given, Site
from tests.stores import blob_service, new_bucket, new_container, s3_client


@pytest.fixture(params=["local", "s3", "az"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    match request.param:
        case "local":
            (tmp_path / "site").mkdir()
            yield Site(str(tmp_path / "site"), Given())
        case "s3":
            client = s3_client(request.getfixturevalue("s3_endpoint"))
            yield Site(f"s3://{new_bucket(client)}", Given(s3=client))
        case "az":
            with blob_service(request.getfixturevalue("blob_endpoint")) as service:
                container = new_container(service)
                yield Site(f"az://{container.container_name}", Given(blob=service))


@pytest.fixture
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """Makes an empty store of a kind: memory, local, s3 or az."""
    with ExitStack() as stack:

        def made(kind: str) -> Store:
            match kind:
                case "local":
                    folder = tmp_path / f"store-{secrets.token_hex(4)}"
                    folder.mkdir()
                    return LocalStore(folder)
                case "s3":
                    client = s3_client(request.getfixturevalue("s3_endpoint"))
                    return S3Store(client, new_bucket(client))
                case "az":
                    service = blob_service(request.getfixturevalue("blob_endpoint"))
                    stack.enter_context(service)
                    return BlobStore(stack.enter_context(new_container(service)), page_size=7)
            return MemoryStore()

        yield made
