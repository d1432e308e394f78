"""What is written down of an upload while it goes on."""

from __future__ import annotations

from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part, Unfinished
from reconcile.stores.copy_journal import Progress, pin_of


class Kept:
    def __init__(self) -> None:
        self.numbers: list[list[int]] = []

    def find(self, address: str, name: str) -> Unfinished | None:
        return None

    def keep(self, unfinished: Unfinished) -> None:
        self.numbers.append(sorted(unfinished.parts))

    def forget(self, address: str, name: str) -> None: ...


BEGUN = Unfinished("address", "x", "pin", "upload", parts={0: Part(1, "0")})


def test_parts_are_written_down_about_once_a_second_and_at_the_end() -> None:
    kept, now = Kept(), [0.0]
    with Progress(kept, BEGUN, clock=lambda: now[0]) as progress:
        for number in range(1, 8):
            now[0] += 0.4
            progress.sent(number, Part(1, "0"))
    assert kept.numbers == [[0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6, 7]]


def test_what_is_known_already_is_not_written_again() -> None:
    kept = Kept()
    with Progress(kept, BEGUN, clock=lambda: 0.0):
        pass
    assert kept.numbers == []


def test_a_pin_tells_what_parts_are_of() -> None:
    info = ObjectInfo("x", 10, "tag", version="v")
    others = [
        pin_of("there", info, part_size=5),
        pin_of("here", info, part_size=6),
        pin_of("here", ObjectInfo("y", 10, "tag", version="v"), part_size=5),
        pin_of("here", ObjectInfo("x", 11, "tag", version="v"), part_size=5),
        pin_of("here", ObjectInfo("x", 10, "other", version="v"), part_size=5),
        pin_of("here", ObjectInfo("x", 10, "tag"), part_size=5),
    ]
    assert pin_of("here", info, part_size=5) not in others
    assert len(set(others)) == len(others)
