"""The rotating share of a verification."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.snapshots.share import in_share, rounds
from tests.unit.snapshot_values import digest

IDS = [digest(str(number).encode()) for number in range(2000)]


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 1), st.integers(0, 10**9))
def test_in_turn_everything_is_read_once(share: float, first: int) -> None:
    turns = rounds(share)
    read = [id for turn in range(first, first + turns) for id in IDS if in_share(id, share, turn)]
    assert sorted(read) == sorted(IDS)


@pytest.mark.parametrize(
    ("share", "turns"), [(1, 1), (0.5, 2), (0.1, 10), (0.05, 20), (0.3, 4), (1 / 3, 3), (0.99, 2)]
)
def test_a_share_takes_so_many_turns(share: float, turns: int) -> None:
    assert rounds(share) == turns


def test_a_round_reads_about_its_share() -> None:
    assert 60 < sum(in_share(id, 0.05, 7) for id in IDS) < 150


def test_all_is_read_in_every_round_and_nothing_in_none() -> None:
    assert all(in_share(id, 1, 3) for id in IDS)
    assert not any(in_share(id, 0, 3) for id in IDS)
    assert rounds(0) == 0


def test_a_tiny_share_still_comes_to_its_end() -> None:
    assert rounds(1e-300) == rounds(1e-9) == 1_000_000


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf])
def test_there_is_no_such_share(share: float) -> None:
    with pytest.raises(BadInput, match="no such share"):
        rounds(share)
