"""Work on several items at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from reconcile.stores.parallel import carried_out


@pytest.fixture(params=[None, 1, 3])
def workers(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    if request.param is None:
        yield None
        return
    with ThreadPoolExecutor(request.param) as executor:
        yield executor


def test_everything_is_done_once(workers: Executor | None) -> None:
    assert sorted(carried_out(workers, lambda n: n * n, range(200))) == [n * n for n in range(200)]


def test_after_a_failure_nothing_new_is_begun_and_what_was_done_is_given(
    workers: Executor | None,
) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 5:
            raise ValueError(number)
        return number

    done: list[int] = []
    with pytest.raises(ValueError, match="5"):
        done.extend(carried_out(workers, work, range(1000)))
    assert sorted([*done, 5]) == sorted(begun)
    assert len(begun) < 1000


def test_what_runs_is_waited_for() -> None:
    entered, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number == 0:
            entered.set()
            may_end.wait(10)
            ended.set()
        else:
            entered.wait(10)
            may_end.set()
            raise ValueError

    with ThreadPoolExecutor(2) as executor:
        with pytest.raises(ValueError):
            list(carried_out(executor, work, [0, 1]))
        assert ended.is_set()
