"""What is told of bytes while they come."""

from __future__ import annotations

from reconcile.jobs.sync_progress import Onward


class Told:
    def __init__(self) -> None:
        self.sizes: list[int] = []

    def planned(self, objects: int, size: int) -> None:
        raise AssertionError

    def copied(self, objects: int, size: int) -> None:
        assert objects == 0
        self.sizes.append(size)


def test_bytes_that_have_to_come_again_are_told_of_once() -> None:
    told = Told()
    onward = Onward(told)
    for size in (10, 20, -20, 5, 10, 15):
        onward.moved(size)
    assert told.sizes == [10, 20, 10]
