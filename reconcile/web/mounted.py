"""The pages as Airflow mounts them.

Every process of Airflow loads the plugin, the tasks' too, but only the API server serves pages:
FastAPI and what the pages need are imported with the first request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

Message = MutableMapping[str, Any]


class MountedPages:
    """An ASGI application that becomes `reconcile.web.app` when it is first asked for something."""

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answers one request."""
        # The imports take about a second: not on the loop that serves everybody else.
        app = await asyncio.to_thread(_app)
        await app(scope, receive, send)


@cache
def _app() -> FastAPI:
    from reconcile.web.app import pages  # noqa: PLC0415

    return pages()
