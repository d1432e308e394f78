"""The ledger in a repository: a line is appended by creating the object of the next number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconcile.model.snapshot import LedgerAction, LedgerLine
from reconcile.repository.repository import Repository


class Ledger:
    """The ledger of a repository; safe to share between threads.

    What was read is kept, so that only new lines are read again. `inspected` reads all of them.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def lines(self) -> tuple[LedgerLine, ...]:
        """All lines, from the first to the newest.

        Raises:
            Tampered: One of them was edited, is missing, or does not follow the one before.
        """
        raise NotImplementedError

    def last(self) -> LedgerLine | None:
        """The newest line; None where there is none. Raises what `lines` raises."""
        raise NotImplementedError

    def append(
        self,
        action: LedgerAction,
        *,
        dataset: str,
        snapshot: str | None,
        by: str,
        details: Mapping[str, Any],
    ) -> LedgerLine:
        """Appends a line, which is there once however often the answer is lost.

        Raises:
            Tampered: The ledger is not to be continued: it was edited, forked or cut.
            Transient: The store does not say whether the line is there.
        """
        raise NotImplementedError

    def inspected(
        self, *, mirror: Sequence[tuple[int, str]] = ()
    ) -> tuple[tuple[LedgerLine, ...], tuple[str, ...]]:
        """The lines that can be read, all of them read anew, and what is wrong with the ledger.

        Args:
            mirror: Numbers and digests of the lines that were seen before (`state`).
        """
        raise NotImplementedError
