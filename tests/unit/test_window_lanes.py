"""Windows that are taken some at once, and end and tell of themselves in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from reconcile.errors import Incomplete
from reconcile.jobs.window_lanes import KeptBack, Take, Turn, WindowLanes

PATIENCE = 10


class Told:
    """What was told, in order."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def kept_back(self) -> KeptBack:
        return KeptBack(
            planned=lambda objects, size: self.words.append(f"planned {objects} {size}"),
            copied=lambda objects, size: self.words.append(f"copied {objects} {size}"),
        )

    def lanes(
        self, count: int = 2, interrupted: Callable[[], None] = lambda: None
    ) -> WindowLanes[str, str]:
        return WindowLanes(count, told=self.kept_back, interrupted=interrupted)


def telling(told: Told) -> Take[str, str]:
    def take(window: str, turn: Turn, mine: KeptBack) -> str:
        mine.tell(lambda: told.words.append(window))
        mine.planned(1, 10)
        mine.copied(1, 10)
        turn.wait()
        told.words.append(f"{window} done")
        return window.upper()

    return take


@pytest.mark.parametrize("count", [1, 2, 3])
def test_they_tell_of_themselves_one_after_the_other(count: int) -> None:
    told = Told()
    assert told.lanes(count).outcomes("abcd", telling(told)) == list("ABCD")
    assert told.words == [
        word for name in "abcd" for word in (name, "planned 1 10", "copied 1 10", f"{name} done")
    ]


def test_the_next_is_under_way_while_one_is_and_what_it_tells_is_kept_back() -> None:
    told, second_has_told = Told(), threading.Event()

    def take(window: str, turn: Turn, mine: KeptBack) -> str:
        mine.tell(lambda: told.words.append(window))
        if window == "a":
            assert second_has_told.wait(PATIENCE)
            assert told.words == ["a"]
        else:
            mine.copied(0, 4)
            mine.copied(1, 3)
            second_has_told.set()
        turn.wait()
        return window

    assert told.lanes().outcomes("ab", take) == ["a", "b"]
    assert told.words == ["a", "b", "copied 1 7"]


def test_what_ends_them_all_begins_no_other_and_reaches_those_that_wait() -> None:
    told, waiting, stops = Told(), threading.Event(), list[str]()
    begun, refused = list[str](), list[str]()

    def take(window: str, turn: Turn, _mine: KeptBack) -> str:
        begun.append(window)
        if window == "a":
            assert waiting.wait(PATIENCE)
            raise KeyboardInterrupt
        waiting.set()
        try:
            turn.wait()
        except Incomplete as error:
            refused.append(error.what)
            raise
        return window

    with pytest.raises(KeyboardInterrupt):
        told.lanes(interrupted=lambda: stops.append("stop")).outcomes("abcd", take)
    assert begun == ["a", "b"]
    assert len(refused) == 1
    assert stops


def test_what_a_later_one_raises_is_raised_though_the_first_has_to_give_up() -> None:
    told, stopped = Told(), threading.Event()

    def take(window: str, turn: Turn, _mine: KeptBack) -> str:
        if window == "b":
            raise BrokenPipeError
        assert stopped.wait(PATIENCE)
        turn.wait()
        return window

    with pytest.raises(BrokenPipeError):
        told.lanes(interrupted=stopped.set).outcomes("ab", take)
