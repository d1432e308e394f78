"""What a boto3 client sends and receives, counted for the store at whose call it does so.

Several stores may share a client, and the client tries again by itself: its events tell of each
request, and a context variable whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from reconcile.stores.meter import Meter

_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


def watch(client: Any) -> None:
    """Has a client tell of its requests; doing so again changes nothing."""
    events = client.meta.events
    events.register("before-send.s3", _sent, unique_id="reconcile-sent")
    events.register("response-received.s3", _received, unique_id="reconcile-received")


@contextmanager
def counted(meter: Meter) -> Iterator[None]:
    """Counts what this thread's calls of watched clients send and receive inside the block.

    Of a body that is streamed nothing has arrived yet: whoever reads it counts it.
    """
    token = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(token)


def _sent(**_event: Any) -> None:
    meter = _METER.get()
    if meter is not None:
        meter.sent()


def _received(response_dict: Any, **_event: Any) -> None:
    meter = _METER.get()
    body = response_dict and response_dict["body"]
    if meter is not None and isinstance(body, bytes):
        meter.received(body)
