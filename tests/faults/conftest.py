"""Routes between stores, through fault proxies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.stores import spans
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
    # Parts are asked for one by one, as after an answer that broke off: more can go wrong then.
    # What arrives in one answer has tests of its own, test_streamed_copies.py.
    monkeypatch.setattr(spans, "SPAN_PARTS", 1)
    ends = {
        "s3": lambda: s3_end(s3_endpoint),
        "blob": lambda: blob_end(blob_endpoint),
        "local": lambda: local_end(tmp_path),
    }
    origin, _, destination = request.param.partition(" to ")
    with ExitStack() as stack:
        yield Route(*(stack.enter_context(ends[name]()) for name in (origin, destination)))
