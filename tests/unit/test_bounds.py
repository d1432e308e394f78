"""What may be asked of a service now: laws that hold however it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.sync import Limits
from reconcile.stores.bounds import Bounds, Bucket


@dataclass
class Rehearsal:
    """Bounds in use by somebody who waits exactly as long as told, and what began when."""

    bounds: Bounds
    now: float = 50.0
    rounds: list[int] = field(default_factory=list)
    begun: list[tuple[float, int]] = field(default_factory=list)

    def ask(self, size: int) -> None:
        while (wait := self.bounds.wait(size, self.now)) != 0:
            if wait is None:
                self.end(0, "answered", 0)
            else:
                self.now += max(wait, 1e-6)
        assert self.now >= self.bounds.quiet_until
        self.rounds.append(self.bounds.begin(size, self.now))
        assert self.bounds.running == len(self.rounds) <= self.bounds.width
        self.begun.append((self.now, size))

    def end(self, which: int, how: str, number: float) -> None:
        if not self.rounds:
            return
        round = self.rounds.pop(which % len(self.rounds))
        if how == "answered":
            self.bounds.answered(round)
        elif how == "failed":
            self.bounds.failed(round)
        else:
            asked = number if how == "refused, with a wish" else None
            self.bounds.refused(round, self.now, retry_after=asked, luck=number % 1)
        self.bounds.end()
        assert 1 <= self.bounds.width <= self.bounds.parallel

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


LIMITS = st.builds(
    Limits,
    parallel=st.integers(1, 20),
    bytes_per_second=st.none() | st.integers(1000, 10**9),
    requests_per_second=st.none() | st.floats(0.1, 1000),
)
HOW = st.sampled_from(["answered", "failed", "refused", "refused, with a wish"])
DEEDS = st.lists(
    st.tuples(st.just("ask"), st.integers(0, 100))
    | st.tuples(st.just("end"), st.integers(0, 30), HOW, st.floats(0, 40))
    | st.tuples(st.just("pass_by"), st.floats(0, 3)),
    max_size=80,
)


def rehearsed(limits: Limits, deeds: list[tuple[object, ...]], *, share: int = 1) -> Rehearsal:
    rehearsal = Rehearsal(Bounds(limits, share=share))
    for deed, *arguments in deeds:
        getattr(rehearsal, str(deed))(*arguments)
    return rehearsal


def assert_within(begun: list[tuple[float, float]], rate: float, burst: float) -> None:
    """In any span of time no more than its part of the rate, and one burst."""
    for first in range(len(begun)):
        total = 0.0
        for at, amount in begun[first:]:
            total += amount
            assert total <= (rate * (at - begun[first][0]) + burst) * (1 + 1e-6)


@given(LIMITS, DEEDS, st.integers(1, 5))
def test_no_span_of_time_sees_more_than_its_rate_and_a_burst(
    limits: Limits, deeds: list[tuple[object, ...]], share: int
) -> None:
    begun = rehearsed(limits, deeds, share=share).begun
    if limits.requests_per_second is not None:
        rate = limits.requests_per_second / share
        assert_within([(at, 1) for at, _ in begun], rate, max(1, rate / 10))
    if limits.bytes_per_second is not None:
        rate = limits.bytes_per_second / share
        # The largest may be more than a burst: then it is let through on credit.
        assert_within([(at, size) for at, size in begun], rate, max(1, rate / 10) + 100)


@given(LIMITS, DEEDS)
def test_after_whatever_storm_the_width_comes_back(
    limits: Limits, deeds: list[tuple[object, ...]]
) -> None:
    rehearsal = rehearsed(limits, deeds)
    while rehearsal.rounds:
        rehearsal.end(0, "answered", 0)
    for _ in range(limits.parallel**2):
        rehearsal.ask(0)
        rehearsal.end(0, "answered", 0)
    assert rehearsal.bounds.width == limits.parallel
    assert rehearsal.bounds.refused_since is None


def test_a_share_is_a_part_of_every_limit_and_one_request_at_least() -> None:
    limits = Limits(parallel=16, bytes_per_second=1000, requests_per_second=8)
    assert Bounds(limits, share=3).parallel == 5
    assert Bounds(limits, share=40).parallel == 1
    quarter = Bounds(limits, share=4)
    quarter.begin(0, 0.0)
    assert quarter.wait(0, 0.0) == pytest.approx(1 / 2)
    quarter.begin(250, 0.5)  # a second's worth, of which a tenth was there
    assert quarter.wait(1, 1.0) == pytest.approx((225 - 125 + 1) / 250)


def test_what_is_larger_than_a_burst_goes_when_the_bucket_is_full_and_is_paid_for_later() -> None:
    bucket = Bucket(100.0)
    assert bucket.burst == 10
    assert bucket.wait(1000, 0.0) == 0
    bucket.take(1000, 0.0)
    assert bucket.wait(1, 0.0) == pytest.approx((1000 - 10 + 1) / 100)
    assert bucket.wait(1, 9.91) == pytest.approx(0)
    assert bucket.wait(0, 0.0) == 0  # who takes nothing owes nothing


def test_a_burst_of_refusals_counts_once() -> None:
    bounds = Bounds(Limits(parallel=16))
    rounds = [bounds.begin(0, 0.0) for _ in range(16)]
    for round in rounds:
        bounds.refused(round, 0.0, retry_after=None, luck=1.0)
        bounds.end()
    assert bounds.width == 8
    assert bounds.quiet_until == 0.5


def test_answers_of_before_a_refusal_do_not_end_its_storm() -> None:
    bounds = Bounds(Limits(parallel=4))
    before, refused = bounds.begin(0, 0.0), bounds.begin(0, 0.0)
    bounds.refused(refused, 1.0, retry_after=None, luck=0.0)
    bounds.answered(before)
    assert bounds.refused_since == 1.0
    bounds.answered(bounds.begin(0, 2.0))
    assert bounds.refused_since is None


def test_what_a_service_asks_for_is_kept_and_spread() -> None:
    bounds = Bounds(Limits())
    bounds.refused(bounds.begin(0, 0.0), 0.0, retry_after=7.0, luck=0.5)
    assert bounds.quiet_until == 7.25
    assert bounds.wait(0, 1.0) == 6.25


def test_storms_keep_quiet_for_longer_and_longer_up_to_half_a_minute() -> None:
    bounds, now, quiet = Bounds(Limits()), 0.0, []
    for _ in range(40):
        bounds.refused(bounds.begin(0, now), now, retry_after=None, luck=1.0)
        bounds.end()
        quiet.append(bounds.quiet_until - now)
        now = bounds.quiet_until
    assert quiet[:8] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert quiet[-1] == 30
    assert bounds.width == 1
