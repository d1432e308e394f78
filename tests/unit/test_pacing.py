"""The pace: who waits for what, what is asked again, and that nothing is waited for in vain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconcile.errors import (
    AlreadyExists,
    Incomplete,
    NotFound,
    ReconcileError,
    Throttled,
    Transient,
    Unanswered,
)
from reconcile.model.objects import ObjectInfo
from reconcile.model.sync import Limits
from reconcile.stores.coat import PAGE
from reconcile.stores.memory import MemoryStore
from reconcile.stores.pacing import OutOfPatience, Pace, Paced
from reconcile.stores.protocol import CutShort
from reconcile.stores.retrying import Retrying
from tests.unit.fake_time import FakeTime


def paced_by(time: FakeTime, limits: Limits | None = None, *, luck: float = 0.0) -> Pace:
    return Pace(limits or Limits(), clock=time.clock, pause=time.pause, random=lambda: luck)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@dataclass
class Work:
    """Raises its errors one after another, then works; the last for ever where it is told to."""

    errors: list[Exception]
    forever: bool = False
    calls: int = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.forever:
            raise self.errors[0]
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_what_was_refused_is_asked_again_when_the_service_wishes(time: FakeTime) -> None:
    work = Work([Throttled("slow down", retry_after=7.0), Throttled("slow down", retry_after=2.0)])
    assert paced_by(time).asked(work) == "done"
    assert work.calls == 3
    assert time.pauses == [7.0, 2.0]


def test_a_wish_is_kept_with_jitter(time: FakeTime) -> None:
    paced_by(time, luck=0.5).asked(Work([Throttled("slow down", retry_after=7.0)]))
    assert time.pauses == [7.25]


def test_a_storm_is_waited_out_with_growing_waits(time: FakeTime) -> None:
    work = Work([Throttled("slow down")] * 20)
    assert paced_by(time, luck=1.0).asked(work) == "done"
    assert time.pauses[:7] == [0.5, 1, 2, 4, 8, 16, 30]
    assert work.calls == 21


def test_a_storm_without_end_is_given_up_after_the_patience(time: FakeTime) -> None:
    pace = paced_by(time, luck=1.0)
    work = Work([Throttled("s3://b/k: slow down", found="SlowDown")], forever=True)
    with pytest.raises(OutOfPatience, match="s3://b/k: slow down; found SlowDown for 5") as caught:
        pace.asked(work)
    assert isinstance(caught.value, Throttled)
    assert 560 < time.now - 1000 <= 600
    # The next does not even wait to be asked, before it is time to try again.
    untouched, waited = Work([]), len(time.pauses)
    with pytest.raises(OutOfPatience):
        pace.asked(untouched)
    assert (untouched.calls, len(time.pauses)) == (0, waited)
    time.now += 31
    assert pace.asked(untouched) == "done"
    assert pace.asked(untouched) == "done"


def test_a_service_that_wishes_for_more_than_the_patience_is_not_waited_for(time: FakeTime) -> None:
    work = Work([Throttled("slow down", retry_after=3600.0)])
    with pytest.raises(OutOfPatience, match="3600 s more"):
        paced_by(time).asked(work)
    assert time.pauses == []


def test_one_call_that_is_refused_for_ever_ends_though_others_are_answered(time: FakeTime) -> None:
    pace = paced_by(time)
    with ThreadPoolExecutor(1) as others:

        def starved() -> None:
            for _ in range(40):
                others.submit(pace.asked, lambda: None).result(timeout=60)
            raise Throttled("slow down", retry_after=60.0)

        with pytest.raises(OutOfPatience):
            pace.asked(starved)
    assert time.pauses == [60.0] * 10


FAILURES: dict[str, tuple[Exception, int]] = {
    "a 500": (Transient("internal error"), 8),
    "no answer": (Unanswered("does not answer"), 16),
    "half an answer": (CutShort("cut short"), 16),
    "nothing there": (NotFound("gone"), 16),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_other_failures_come_through_and_only_an_overload_narrows(
    time: FakeTime, kind: str
) -> None:
    error, width = FAILURES[kind]
    pace, work = paced_by(time), Work([error])
    with pytest.raises(type(error)):
        pace.asked(work)
    assert (work.calls, pace.width, time.pauses) == (1, width, [])


def test_after_a_storm_the_full_width_comes_back(time: FakeTime) -> None:
    pace = paced_by(time)
    pace.asked(Work([Throttled("slow down")] * 10))
    widths = [pace.width]
    while pace.width < 16:
        pace.asked(Work([]))
        widths.append(pace.width)
    assert sorted(set(widths)) == list(range(2, 17))  # the last try of the storm was an answer
    assert widths == sorted(widths)


def test_an_answer_that_is_a_refusal_of_another_kind_ends_a_storm_too(time: FakeTime) -> None:
    pace = paced_by(time)
    for number in range(200):
        refusals = [Throttled("slow down")] if number == 0 else []
        with pytest.raises(NotFound):
            pace.asked(Work([*refusals, NotFound("gone")]))
    assert pace.width == 16


def test_requests_and_bytes_wait_for_their_turn(time: FakeTime) -> None:
    pace = paced_by(time, Limits(requests_per_second=2.0))
    for _ in range(5):
        pace.asked(lambda: None)
    assert time.now - 1000 == pytest.approx(2.0)
    pace = paced_by(time, Limits(bytes_per_second=1000))
    for _ in range(5):
        pace.asked(lambda: None, size=1000)
    assert time.now - 1002 == pytest.approx(4.0)


def test_bytes_that_nobody_knew_of_are_paid_for_by_the_next(time: FakeTime) -> None:
    store = MemoryStore()
    store.put("k", bytes(5000))
    paced = Paced(store, paced_by(time, Limits(bytes_per_second=1000)))
    paced.get("k")
    assert time.pauses == []
    paced.get("k")
    assert time.now - 1000 == pytest.approx(4.9, abs=0.01)


def in_threads(count: int, work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(work) for _ in range(count)]:
            done.result(timeout=60)


@dataclass
class Crowd:
    """How many are at work at once, and at most; they wait until three are."""

    inside: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    three: threading.Barrier = field(default_factory=lambda: threading.Barrier(3))

    def __call__(self) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.three.wait(timeout=60)
        with self.lock:
            self.inside -= 1


def test_as_many_as_the_width_work_at_once_and_never_more() -> None:
    pace, crowd = Pace(Limits(parallel=3)), Crowd()
    in_threads(15, lambda: pace.asked(crowd))
    assert crowd.most == 3


def test_threads_of_a_storm_are_all_answered_in_the_end(time: FakeTime) -> None:
    pace, lock = paced_by(time, Limits(parallel=8), luck=0.3), threading.Lock()
    errors: list[Exception] = [Throttled("slow down")] * 50

    def work() -> None:
        with lock:
            if errors:
                raise errors.pop()

    in_threads(24, lambda: pace.asked(work))
    assert errors == []


def test_a_stop_ends_a_wait_and_nothing_is_asked_any_more() -> None:
    pace = Pace(Limits())
    refused = threading.Event()

    def work() -> None:
        refused.set()
        raise Throttled("slow down", retry_after=500.0)

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(pace.asked, work) for _ in range(4)]
        assert refused.wait(timeout=60)
        pace.stop()
        for one in waiting:
            with pytest.raises(Incomplete, match="stopped"):
                one.result(timeout=60)


def test_a_stop_reaches_those_who_wait_for_others_to_end() -> None:
    pace, begun, goes_on = Pace(Limits(parallel=1)), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert goes_on.wait(timeout=60)

    with ThreadPoolExecutor(2) as pool:
        at_work = pool.submit(pace.asked, work)
        assert begun.wait(timeout=60)
        waiting = pool.submit(pace.asked, lambda: None)
        pace.stop()
        with pytest.raises(Incomplete, match="stopped"):
            waiting.result(timeout=60)
        goes_on.set()
        at_work.result(timeout=60)


class Stormy(MemoryStore):
    """Refuses as told, having done nothing; of a listing, at a page's end."""

    def __init__(self, *errors: ReconcileError) -> None:
        super().__init__()
        self.errors = list(errors)
        self.listings = 0

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        if self.errors:
            raise self.errors.pop(0)
        return super().put(name, data, create_only=create_only, if_match=if_match)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        self.listings += 1
        for number, info in enumerate(super().list(prefix)):
            if number % PAGE == 0 and number and self.errors:
                raise self.errors.pop(0)
            yield info


def test_a_conditional_write_that_was_refused_is_written_once(time: FakeTime) -> None:
    store = Stormy(Throttled("slow down"), Throttled("slow down"))
    coat = Retrying(Paced(store, paced_by(time)))
    tag = coat.put("k", b"x", create_only=True).etag
    with pytest.raises(AlreadyExists):
        coat.put("k", b"y", create_only=True)
    store.errors.append(Throttled("slow down"))
    coat.put("k", b"z", if_match=tag)
    assert store.get("k") == b"z"


def test_a_conditional_write_that_failed_otherwise_is_left_to_its_caller(time: FakeTime) -> None:
    store = Stormy(Transient("nobody knows"))
    with pytest.raises(Transient, match="nobody knows"):
        Retrying(Paced(store, paced_by(time))).put("k", b"x", create_only=True)
    assert list(store.list()) == []


def test_a_listing_in_a_storm_is_whole_and_in_order(time: FakeTime) -> None:
    store = Stormy()
    for number in range(2 * PAGE + 500):
        store.put(f"{number:05}", b"")
    store.errors = [Throttled("slow down")] * 5
    names = [info.name for info in Paced(store, paced_by(time)).list()]
    assert names == [f"{number:05}" for number in range(2 * PAGE + 500)]
    assert store.listings == 6


def test_every_page_of_a_listing_is_a_request(time: FakeTime) -> None:
    store = MemoryStore()
    for number in range(2 * PAGE + 500):
        store.put(f"{number:05}", b"")
    assert len(list(Paced(store, paced_by(time, Limits(requests_per_second=1.0))).list())) == 2500
    assert time.pauses == pytest.approx([1.0, 1.0])


def test_what_patience_has_given_up_is_not_tried_again_outside(time: FakeTime) -> None:
    store = Stormy(*[Throttled("slow down", retry_after=9999.0)] * 2)
    with pytest.raises(OutOfPatience):
        Retrying(Paced(store, paced_by(time))).put("k", b"x")
    assert len(store.errors) == 1
