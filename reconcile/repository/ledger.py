"""The ledger in a repository: a line is appended by creating the object of the next number.

So a create-only write is the compare-and-swap: of two who append at once, one takes the number
and the other the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from reconcile.errors import Tampered, Transient
from reconcile.model.snapshot import LedgerAction, LedgerLine
from reconcile.repository import layout
from reconcile.repository.creation import created, lying
from reconcile.repository.repository import Repository
from reconcile.snapshots import chain

_READERS = 8
_OVERTAKEN = 1000
_NEXT_STEP = "compare the ledger with the state's mirror, and find out who wrote"


class Ledger:
    """The ledger of a repository; safe to share between threads.

    What was read is kept, so that only new lines are read again. `inspected` reads all of them.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._alone = threading.RLock()
        self._known: dict[int, LedgerLine] = {}

    def lines(self) -> tuple[LedgerLine, ...]:
        """All lines, from the first to the newest.

        Raises:
            Tampered: One of them was edited, is missing, or does not follow the one before.
        """
        with self._alone:
            end = self._end()
            self._learn(range(1, end + 1))
            lines = tuple(self._known[number] for number in range(1, end + 1))
        for problem in chain.problems(lines):
            raise self._tampered(problem)
        return lines

    def last(self) -> LedgerLine | None:
        """The newest line, which follows the one before it; None where there is none.

        The others are not read.

        Raises:
            Tampered: It was edited, a line is missing, or it does not follow.
        """
        with self._alone:
            end = self._end()
            if end == 0:
                return None
            self._learn(range(max(1, end - 1), end + 1))
            last = self._known[end]
            before = chain.BEGINNING if end == 1 else self._known[end - 1].digest
        if last.previous != before:
            raise self._tampered(f"line {end} of the ledger does not follow the one before it")
        return last

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
            Tampered: The ledger is not to be continued: it was edited, forked or cut at its end.
            Transient, CutShort: The store does not say whether the line is there.
        """
        at = self._repository.now()
        with self._alone:
            for _ in range(_OVERTAKEN):
                line = chain.appended(
                    self.last(),
                    at=at,
                    action=action,
                    dataset=dataset,
                    snapshot=snapshot,
                    by=by,
                    details=details,
                    seal=self._repository.seal,
                )
                if self._written(line):
                    self._known[line.sequence] = line
                    return line
        raise Transient(
            f"the ledger of {self._repository.store.root} takes no line of ours",
            found="another's wherever we wrote",
            next_step="run again when fewer write to it",
        )

    def inspected(
        self, *, mirror: Sequence[tuple[int, str]] = ()
    ) -> tuple[tuple[LedgerLine, ...], tuple[str, ...]]:
        """The lines that can be read, all of them read anew, and what is wrong with the ledger.

        Args:
            mirror: Numbers and digests of the lines that were seen before (`state`).
        """
        found = self._read(self._numbers())
        lines = tuple(one for one in found if isinstance(one, LedgerLine))
        unreadable = tuple(one.what for one in found if isinstance(one, Tampered))
        problems = (*unreadable, *chain.problems(lines, mirror))
        if not problems:
            with self._alone:
                self._known.update((line.sequence, line) for line in lines)
        return lines, problems

    def _written(self, line: LedgerLine) -> bool:
        """Writes a line; False where another has its number."""
        name, data = layout.line(line.sequence), chain.to_bytes(line)
        store = self._repository.store
        return created(store, name, data, largest=chain.LARGEST_LINE) == data

    def _end(self) -> int:
        """The number of the newest line, of a ledger that lacks none."""
        numbers = self._numbers()
        end, known = max(numbers, default=0), max(self._known, default=0)
        if end < known:
            raise self._tampered(f"the ledger ends with line {end}, and line {known} was there")
        for number, found in enumerate(numbers, start=1):
            if found != number:
                raise self._tampered(f"line {number} of the ledger is missing")
        return end

    def _numbers(self) -> list[int]:
        """The numbers of the lines that are there; strangers are none."""
        store = self._repository.store
        found = (layout.sequence_of(info.name) for info in store.list(layout.LEDGER))
        return sorted(number for number in found if number is not None)

    def _learn(self, numbers: Iterable[int]) -> None:
        for one in self._read([number for number in numbers if number not in self._known]):
            if isinstance(one, Tampered):
                raise one
            self._known[one.sequence] = one

    def _read(self, numbers: Sequence[int]) -> list[LedgerLine | Tampered]:
        if len(numbers) < 2:
            return [self._line(number) for number in numbers]
        with ThreadPoolExecutor(min(_READERS, len(numbers))) as several:
            return list(several.map(self._line, numbers))

    def _line(self, number: int) -> LedgerLine | Tampered:
        data = lying(self._repository.store, layout.line(number), largest=chain.LARGEST_LINE)
        if data is None:
            return self._tampered(f"line {number} of the ledger is missing")
        try:
            line = chain.from_bytes(data, seal=self._repository.seal)
        except Tampered as error:
            return self._tampered(f"line {number} of the ledger: {error.what}")
        if line.sequence != number:
            return self._tampered(f"line {line.sequence} of the ledger lies where {number} should")
        return line

    def _tampered(self, problem: str) -> Tampered:
        return Tampered(f"{self._repository.store.root}: {problem}", next_step=_NEXT_STEP)
