"""What a historical sync is measured to have cost, beside rclone."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.copiers import BACK, OUT, WAYS
from benchmarks.historical_sync import (
    AGAIN,
    EMPTY,
    EMPTY_AGAIN,
    FIRST,
    RIVAL,
    RIVAL_AGAIN,
    Step,
    figures,
)
from benchmarks.measuring import Measurement
from benchmarks.request_log import Asked, Request
from benchmarks.sync_data import objects

_WALLS = {EMPTY: 3, EMPTY_AGAIN: 2, FIRST: 23, RIVAL: 10, AGAIN: 3, RIVAL_AGAIN: 2}


def _step(wall: float, *, memory: int = 1, gets: int = 0) -> Step:
    asked = [Request(Asked.DATA, None)] * gets + [Request(Asked.LISTING, None)]
    return Step(Measurement(wall, 1.0, memory), {"s3": asked, "azure": []}, {})


def _round(**changed: Step) -> Mapping[str, Mapping[str, Step]]:
    steps = {name: _step(wall) for name, wall in _WALLS.items()}
    return {OUT.name: steps, BACK.name: steps | {AGAIN: changed.get("again", steps[AGAIN])}}


def test_what_is_unchanged_is_in_excess_of_an_empty_window_each_by_its_own() -> None:
    found = figures([_round()])
    assert found["unchanged"] == (3 - 2) / (23 - 3)
    assert found["out"] == found["back"] == 23 / 10


def test_the_worse_way_counts_and_the_worst_round_where_nothing_may_happen() -> None:
    slow = _step(7, memory=500_000_000, gets=3)
    found = figures([_round(again=slow), _round(again=slow), _round()])
    assert found["unchanged"] == (7 - 2) / (23 - 3)
    assert found["memory"] == 500
    assert found["unchanged_data_gets"] == 3


def test_the_windows_hold_what_the_bar_is_about() -> None:
    sizes = list(objects(20).values())
    assert (sizes.count(1_000_000), sizes.count(200_000_000), len(sizes)) == (2000, 20, 2020)
    assert [way.name for way in WAYS] == ["S3 to Azurite", "Azurite to S3"]
