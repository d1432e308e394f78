"""A site on every kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
