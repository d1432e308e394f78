"""Work on the parts of one object, several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 64
"""So many parts of an object wait at most for a worker; one that waits holds no data."""


def carried_out(
    workers: Executor | None, work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """What became of each item, as it becomes known; without workers one after the other.

    After a failure nothing new is begun, what runs is waited for and given, and then it is raised.
    """
    if workers is None:
        yield from map(work, items)
        return
    waiting, running = iter(items), set[Future[Result]]()
    failure: BaseException | None = None
    try:
        while True:
            if failure is None:
                fresh = islice(waiting, _AHEAD - len(running))
                running |= {workers.submit(work, item) for item in fresh}
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                if future.cancelled():
                    continue
                error = future.exception()
                if error is None:
                    yield future.result()
                elif failure is None:
                    failure = error
                    _cancel(running)
    finally:  # also where nobody takes what is left
        _cancel(running)
        wait(running)
    if failure is not None:
        raise failure


def _cancel(futures: Iterable[Future[Result]]) -> None:
    for future in futures:
        future.cancel()
