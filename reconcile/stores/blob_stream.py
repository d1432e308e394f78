"""A blob that arrives in one answer, of which the SDK itself would hold everything in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient
from azure.storage.blob._shared.response_handlers import process_storage_error
from urllib3.exceptions import HTTPError

from reconcile.model.objects import ObjectInfo
from reconcile.stores.protocol import CutShort


def opened(client: BlobClient, pinned: ObjectInfo, *, start: int, **hooks: Any) -> Any:
    """The answer that brings what begins there of the pinned blob; the SDK's errors are raised.

    The SDK has no public way to such an answer: what it streams it asks for piece by piece.
    """
    try:
        return client._client.blob.download(
            range=f"bytes={start}-{pinned.size - 1}",
            version_id=pinned.version,
            headers={"If-Match": f'"{pinned.etag}"'},
            cls=lambda response, _body, _headers: response.http_response,
            **hooks,
        )
    except HttpResponseError as error:
        process_storage_error(error)
        raise


class BlobStream:
    """Such an answer as a stream.

    Args:
        answer: As `opened` gives it.
        where: The blob, for messages.
        received: Is told of what has arrived.
    """

    def __init__(self, answer: Any, *, where: str, received: Callable[[bytes], None]) -> None:
        self._answer = answer.internal_response
        self._where = where
        self._received = received

    def read(self, size: int) -> bytes:
        """The next bytes; fewer where no more arrive.

        Raises:
            CutShort: It was cut off.
        """
        try:
            data: bytes = self._answer.raw.read(size, decode_content=False)
        except (HTTPError, OSError) as error:
            raise CutShort(
                f"{self._where} was cut short on the way",
                found=type(error).__name__,
                next_step="run again",
            ) from None
        self._received(data)
        return data

    def close(self) -> None:
        """Lets go of the connection."""
        self._answer.close()
