"""Routes between stores, through fault proxies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from tests.faults.routes import Route, blob_end, local_end, s3_end


@pytest.fixture
def route(
    request: pytest.FixtureRequest,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Route]:
    """The route that is named, as in "s3 to blob"."""
    # The Azure SDK waits a second before it asks again for what was cut off.
    monkeypatch.setattr("azure.storage.blob._download.time.sleep", lambda _seconds: None)
    ends = {
        "s3": lambda: s3_end(s3_endpoint),
        "blob": lambda: blob_end(blob_endpoint),
        "local": lambda: local_end(tmp_path),
    }
    origin, _, destination = request.param.partition(" to ")
    with ExitStack() as stack:
        yield Route(*(stack.enter_context(ends[name]()) for name in (origin, destination)))
