"""Work in a process of its own, which may be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from reconcile.state.transactions import Transactions

_WRITE = "Transactions.write"


def _qualified(change: str, _args: tuple[Any, ...]) -> str:
    return change


def dies_after(
    last: int,
    changes: Iterable[tuple[type, str]],
    point: Path,
    *,
    called: Callable[[str, tuple[Any, ...]], str] = _qualified,
) -> None:
    """Has this process die right after so many lasting changes.

    It is one of its own (`killed_in_a_fork`), so nothing needs to be put back.

    Args:
        last: The number of the change, from 1; any other number is nobody's.
        changes: The methods that make one, each by its class. A write to the state is one, too.
        point: The file that is told what the last one was.
        called: What a change is called, by its qualified name and its arguments.
    """
    numbers = count(1)

    def changed(change: str, args: tuple[Any, ...] = ()) -> None:
        if next(numbers) == last:
            point.write_text(called(change, args))
            os.kill(os.getpid(), signal.SIGKILL)

    for kind, name in changes:
        setattr(kind, name, _telling(getattr(kind, name), changed))
    Transactions.write = _telling_write(changed)  # type: ignore[method-assign]


def _telling(original: Callable[..., Any], changed: Callable[..., None]) -> Callable[..., Any]:
    def told(*args: Any, **kwargs: Any) -> Any:
        done = original(*args, **kwargs)
        changed(original.__qualname__, args)
        return done

    return told


def _telling_write(changed: Callable[..., None]) -> Callable[..., Any]:
    original = Transactions.write

    @contextmanager
    def write(transactions: Transactions) -> Iterator[Any]:
        with original(transactions) as connection:
            yield connection
        changed(_WRITE)

    return write


def killed_in_a_fork(work: Callable[[], None]) -> bool:
    """Whether the work, in a process of its own, was killed before its end.

    Whoever calls this has started no thread, so that its process can be forked.
    """
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise SystemExit(f"the work ended with status {status}")
    return False
