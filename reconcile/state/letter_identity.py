"""What makes two dead letters one and the same, from run to run."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime


class LetterIdentity:
    """Identities within one dataset and window.

    Letters of equal identity are told apart by a number, given in the order of their row hashes.
    Mismatched columns, reason and rows are no part: they may change while it stays one letter.
    """

    def __init__(self, dataset: str, window_start: datetime, window_end: datetime) -> None:
        window = (moment.astimezone(UTC).isoformat() for moment in (window_start, window_end))
        self._window = hashlib.sha256(_encoded(dataset, *window))

    def of(self, kind: str, side: str, match_key: str, expectation_id: str | None) -> bytes:
        """The 32 bytes of SHA-256."""
        digest = self._window.copy()
        digest.update(_encoded(kind, side, match_key))
        if expectation_id is not None:
            digest.update(_encoded(expectation_id))
        return digest.digest()


def _encoded(*parts: str) -> bytes:
    """Each part after its length, so that no two lists of parts read the same."""
    return "".join(f"{len(part)}:{part}" for part in parts).encode()
