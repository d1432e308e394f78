"""What is read of a blob is checked, range by range, against what the service says it has sent."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from reconcile.stores.protocol import CutShort

LARGEST_RANGE = 4 * 2**20
"""Bytes. The service computes no MD5 of more."""


def md5_of(data: bytes) -> str:
    """The MD5 of some bytes, as the service spells it."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


class RangeCheck:
    """Asks for the MD5 of the one range that is requested, and holds its bytes to it.

    The SDK would do that too (`validate_content`), at three times the processor time: it computes
    the MD5 twice, of what it has read in pieces of 10 kB.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._told: str | None = None

    def ask(self, request: Any) -> None:
        """Asks with a request: the SDK's hook before it is signed."""
        request.http_request.headers["x-ms-range-get-content-md5"] = "true"

    def hear(self, response: Any) -> None:
        """Takes what an answer says: the SDK's hook after it."""
        self._told = response.http_response.headers.get("Content-MD5")

    def require(self, data: bytes) -> None:
        """Refuses other bytes than were sent.

        Raises:
            CutShort: Others have arrived.
        """
        found = md5_of(data)
        if self._told is not None and found != self._told:
            raise CutShort(
                f"{self._where} arrived with other bytes than were sent",
                found=f"MD5 {found}",
                expected=self._told,
                next_step="run again",
            )
