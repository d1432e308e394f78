"""Two calls that are made at once."""

from __future__ import annotations

from threading import Barrier

import pytest

from reconcile.jobs.sync_lanes import both


def never() -> None:
    raise AssertionError("nobody was interrupted")


def test_both_are_under_way_at_once() -> None:
    meeting = Barrier(2, timeout=10)

    def met(answer: str) -> str:
        meeting.wait()
        return answer

    assert both(lambda: met("a"), lambda: met("b"), interrupted=never) == ("a", "b")


def test_the_error_of_the_first_goes_before_that_of_the_other() -> None:
    def failing(word: str) -> None:
        raise ValueError(word)

    with pytest.raises(ValueError, match="one"):
        both(lambda: failing("one"), lambda: failing("other"), interrupted=never)
    with pytest.raises(ValueError, match="other"):
        both(lambda: None, lambda: failing("other"), interrupted=never)


def test_whoever_is_interrupted_ends_what_the_other_waits_for() -> None:
    waiting = Barrier(2, timeout=10)

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        both(interrupted, waiting.wait, interrupted=waiting.wait)
