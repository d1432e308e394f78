"""Everything that can go wrong, sorted by what the caller should do about it.

An error is one clear line: what happened, what was found, what was expected and the next step.
Its class says which exit code it ends with (`reconcile --help` lists them) and whether trying
again can help. Discrepancies are results, not errors, and never appear here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_WORST_FIRST = (2, 3, 1, 0)


def worst(exit_codes: Iterable[int]) -> int:
    """The worst of some exit codes, in the order 2, 3, 1, 0."""
    return min(exit_codes, key=_WORST_FIRST.index, default=0)


class ReconcileError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        what: What happened, naming the thing it happened to.
        found: What was there.
        expected: What should have been there.
        next_step: What the reader can do now.
    """

    exit_code = 3
    retryable = False

    def __init__(
        self,
        what: str,
        *,
        found: str | None = None,
        expected: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what = what
        self.found = found
        self.expected = expected
        self.next_step = next_step
        super().__init__(self.line())

    def line(self) -> str:
        """The whole message on one line, control characters escaped."""
        return self._told(self.next_step)

    def fact(self) -> str:
        """The same without the next step, for whoever says it within a message of their own."""
        return self._told(None)

    def _told(self, next_step: str | None) -> str:
        parts = [self.what]
        if self.found is not None:
            parts.append(f"found {self.found}")
        if self.expected is not None:
            parts.append(f"expected {self.expected}")
        text = "; ".join(parts)
        if next_step is not None:
            text = f"{text}. Next: {next_step}"
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)

    def __str__(self) -> str:
        return self.line()


class Unforeseen(ReconcileError):
    """Something that nobody foresaw: a defect of this program.

    Only the error's type is told: the words of a foreign error may hold a secret, or a row.
    """

    def __init__(self, error: BaseException, *, during: str | None = None) -> None:
        where = "" if during is None else f"{during}: "
        super().__init__(
            f"{where}something went wrong that nobody foresaw: {type(error).__name__}",
            next_step="run it again with --debug, and report what it shows",
        )


class BadInput(ReconcileError):
    """The input must be changed by a person; trying again cannot help (exit 2)."""

    exit_code = 2


class BadConfiguration(BadInput):
    """A rules or dataset file is wrong. Carries every problem at once, one line each."""

    def __init__(self, problems: Sequence[str], *, next_step: str | None = None) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = self.problems[0] if count == 1 else f"{count} configuration errors"
        super().__init__(head, next_step=next_step)

    def lines(self) -> tuple[str, ...]:
        """Every problem, one printable line each."""
        return tuple(
            "".join(c if c.isprintable() else repr(c)[1:-1] for c in problem)
            for problem in self.problems
        )


class NotFound(BadInput):
    """A bucket, container, prefix, object, file, dataset or run does not exist."""


class AccessDenied(BadInput):
    """The store knows who we are and refuses, or does not accept the credentials."""


class AlreadyExists(BadInput):
    """A create-only write met something that is already there."""


class Unreadable(BadInput):
    """An object is at rest not what it should be: not Parquet, corrupt, zero bytes.

    `object_name` names the object, where it is known, so that a dead letter can.
    """

    def __init__(
        self,
        what: str,
        *,
        found: str | None = None,
        expected: str | None = None,
        next_step: str | None = None,
        object_name: str | None = None,
    ) -> None:
        self.object_name = object_name
        super().__init__(what, found=found, expected=expected, next_step=next_step)


class Damaged(ReconcileError):
    """What lies in a repository is not what was stored there (exit 1)."""

    exit_code = 1


class Tampered(Damaged):
    """Somebody changed what a repository says of itself: its ledger, a manifest, a seal."""


class Incomplete(ReconcileError):
    """The work could not be finished now; the answer is not known (exit 3)."""


class Transient(Incomplete):
    """An endpoint or the state database does not answer, after the retries."""

    retryable = True


class Throttled(Transient):
    """A service asks for fewer requests. `retry_after` are the seconds it asks for, if it does."""

    def __init__(
        self,
        what: str,
        *,
        found: str | None = None,
        expected: str | None = None,
        next_step: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.retry_after = retry_after
        super().__init__(what, found=found, expected=expected, next_step=next_step)


class Unanswered(Transient):
    """An endpoint cannot be reached, or says nothing in time."""


class Changed(Incomplete):
    """An object is not the one that was pinned: replaced, gone, or cut short on the way."""

    retryable = True


class DoesNotFit(Incomplete):
    """The comparison does not fit in the memory it may use, even with what it spills."""


class DiskFull(Incomplete):
    """The spool, the artifacts or the engine's temporary folder has no room left."""

    retryable = True


class WindowHeld(Incomplete):
    """Another run holds the lease of this window."""

    retryable = True


class PartitionsAbsent(Incomplete):
    """A window's partition is absent on both sides."""

    retryable = True


class Unbalanced(ReconcileError):
    """The accounts of a comparison do not add up: a defect of this program, never a result."""
