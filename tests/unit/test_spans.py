"""Spans: what is asked of the origin, what is held in memory, and what is closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace

import pytest

from reconcile.errors import BadInput, Changed, Transient
from reconcile.model.ledger import Equality
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.checksum import checksum_of
from reconcile.stores.copy_journal import NO_JOURNAL
from reconcile.stores.memory import MemoryStore
from reconcile.stores.proof import Way, ranges
from reconcile.stores.protocol import CannotFetch, CutShort, Stream, Upload
from reconcile.stores.spans import SPAN_PARTS, Spans
from reconcile.stores.verified_copy import Copier

PART = 100
SPAN = SPAN_PARTS * PART


def content(size: int) -> bytes:
    return bytes(index * 31 % 253 for index in range(size))


@dataclass
class Arriving:
    """A stream out of memory that fails after so many bytes, where it is told to."""

    data: bytes
    held: Held
    fails_after: int | None = None
    error: Exception | None = None
    at: int = 0
    open: bool = True

    def read(self, size: int) -> bytes:
        assert self.open
        self.held.more()
        end = self.at + size
        if self.fails_after is not None and end > self.fails_after:
            self.held.less()
            if self.error is not None:
                raise self.error
            end = self.fails_after
        data, self.at = self.data[self.at : end], end
        return data

    def close(self) -> None:
        self.open = False


@dataclass
class Held:
    """How many parts are alive at once."""

    alive: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def more(self) -> None:
        with self.lock:
            self.alive += 1
            self.most = max(self.most, self.alive)

    def less(self) -> None:
        with self.lock:
            self.alive -= 1


class Streaming(MemoryStore):
    """A store that streams, and remembers what was asked: where ranges begin, and how long."""

    def __init__(self) -> None:
        super().__init__()
        self.held = Held()
        self.streams: list[Arriving] = []
        self.asked: list[tuple[int, int]] = []
        self.alone: list[tuple[int, int]] = []
        self.fails_after: int | None = None
        self.error: Exception | None = None

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        data = super().get(pinned.name, start=start, length=length, if_match=pinned.etag)
        self.asked.append((start, length))
        self.streams.append(Arriving(data, self.held, self.fails_after, self.error))
        return self.streams[-1]

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        if length is not None:
            self.alone.append((start, length))
            self.held.more()
        return super().get(name, start=start, length=length, if_match=if_match)


class Taking(MemoryStore):
    """A destination that holds a part until it is sent."""

    def __init__(self, held: Held, *, takes: int | None = None) -> None:
        super().__init__()
        self.held = held
        self.takes = takes

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        upload = super().upload(name, id=id)
        put_part = upload.put_part

        def put(number: int, data: bytes, *, crc64nvme: str) -> None:
            if self.takes is not None and number >= self.takes:
                raise BadInput("no more are taken")
            put_part(number, data, crc64nvme=crc64nvme)
            self.held.less()

        upload.put_part = put  # type: ignore[method-assign]
        return upload


@pytest.fixture
def origin() -> Streaming:
    store = Streaming()
    store.put("x", content(20 * PART + 7))
    return store


@pytest.fixture(params=[None, 3], ids=["alone", "workers"])
def workers(request: pytest.FixtureRequest) -> Iterator[ThreadPoolExecutor | None]:
    if request.param is None:
        yield None
        return
    with ThreadPoolExecutor(request.param) as executor:
        yield executor


def copier(
    origin: MemoryStore,
    destination: MemoryStore,
    workers: ThreadPoolExecutor | None = None,
    *,
    server_side: bool = False,
) -> Copier:
    return Copier(
        origin,
        destination,
        journal=NO_JOURNAL,
        part_size=PART,
        server_side=server_side,
        workers=workers,
    )


def test_a_copy_asks_for_every_span_once_and_closes_it(
    origin: Streaming, workers: ThreadPoolExecutor | None
) -> None:
    destination = Taking(origin.held)
    copied = copier(origin, destination, workers).copy(origin.head("x"), "x")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.STREAMED)
    assert destination.get("x") == content(20 * PART + 7)
    assert origin.asked == [(0, SPAN), (SPAN, SPAN), (2 * SPAN, 4 * PART + 7)]
    assert origin.alone == []
    assert not any(stream.open for stream in origin.streams)


def test_there_are_never_more_parts_in_memory_than_workers() -> None:
    origin = Streaming()
    origin.put("x", content(200 * PART))
    with ThreadPoolExecutor(3) as workers:
        copier(origin, Taking(origin.held), workers).copy(origin.head("x"), "x")
    assert len(origin.asked) == 25
    assert origin.held.alive == 0
    assert 1 <= origin.held.most <= 3


@pytest.mark.parametrize("error", [None, CutShort("cut"), Transient("silent")], ids=str)
def test_of_a_span_that_breaks_off_the_rest_is_asked_for_part_by_part(
    origin: Streaming, workers: ThreadPoolExecutor | None, error: Exception | None
) -> None:
    origin.fails_after, origin.error = 5 * PART + 30, error
    destination = Taking(origin.held)
    copied = copier(origin, destination, workers).copy(origin.head("x"), "x")
    assert copied.equality is Equality.PROVEN
    assert destination.get("x") == content(20 * PART + 7)
    assert origin.asked == [(0, SPAN), (SPAN, SPAN), (2 * SPAN, 4 * PART + 7)]
    lost = [start + number * PART for start in (0, SPAN) for number in (5, 6, 7)]
    assert sorted(origin.alone) == [(start, PART) for start in lost]
    assert not any(stream.open for stream in origin.streams)


@pytest.mark.parametrize("error", [Changed("another"), BadInput("not trusted")], ids=str)
def test_what_no_other_try_mends_ends_the_copy(
    origin: Streaming, workers: ThreadPoolExecutor | None, error: Exception
) -> None:
    origin.fails_after, origin.error = 5 * PART, error
    destination = MemoryStore()
    with pytest.raises(type(error)):
        copier(origin, destination, workers).copy(origin.head("x"), "x")
    assert list(destination.list()) == []
    assert not any(stream.open for stream in origin.streams)


def test_a_span_is_not_read_on_after_an_error_that_is_raised(origin: Streaming) -> None:
    origin.fails_after, origin.error = PART, BadInput("not trusted")
    pinned = origin.head("x")
    places = dict(enumerate(ranges(pinned.size, PART)))
    spans = Spans(origin, pinned, places, places)
    assert spans.taken() == (0, content(PART))
    with pytest.raises(BadInput):
        spans.taken()
    assert spans.taken() == (2, content(3 * PART)[2 * PART :])
    assert origin.alone == [(2 * PART, PART)]


def test_a_copy_that_fails_closes_what_was_arriving(
    origin: Streaming, workers: ThreadPoolExecutor | None
) -> None:
    with pytest.raises(BadInput, match="no more"):
        copier(origin, Taking(origin.held, takes=2), workers).copy(origin.head("x"), "x")
    assert len(origin.streams) == 1
    assert not origin.streams[0].open


WANTED = {
    "those after a gap are a span of their own": ([0, 1, 2, 5, 6], [(0, 3), (5, 2)], []),
    "a single one is asked for by itself": ([1, 4, 5, 19], [(4, 2)], [1, 19]),
    "none is none": ([], [], []),
}


@pytest.mark.parametrize("case", WANTED)
def test_only_what_is_wanted_is_asked_for(origin: Streaming, case: str) -> None:
    wanted, asked, alone = WANTED[case]
    pinned, data = origin.head("x"), content(20 * PART + 7)
    places = dict(enumerate(ranges(pinned.size, PART)))
    with closing(Spans(origin, pinned, places, wanted)) as spans:
        taken = dict(spans.taken() for _ in wanted)
    assert taken == {number: data[number * PART : (number + 1) * PART] for number in wanted}
    assert origin.asked == [(first * PART, count * PART) for first, count in asked]
    assert origin.alone == [(number * PART, PART) for number in alone]


def test_what_was_passed_and_put_back_is_read_in_its_place(origin: Streaming) -> None:
    pinned, data = origin.head("x"), content(20 * PART + 7)
    places = dict(enumerate(ranges(pinned.size, PART)))
    with closing(Spans(origin, pinned, places, places)) as spans:
        taken = [spans.taken() for _ in range(2)]
        passed = [spans.passed() for _ in range(2)]
        taken += [spans.taken() for _ in range(2)]
        spans.put_back(3)
        taken += [spans.taken() for _ in range(2)]
    assert passed == [2, 3]
    assert [number for number, _ in taken] == [0, 1, 4, 5, 3, 6]
    assert all(part == data[number * PART : (number + 1) * PART] for number, part in taken)
    assert not any(stream.open for stream in origin.streams)


def test_an_origin_that_was_replaced_between_two_spans_ends_the_copy(
    origin: Streaming, workers: ThreadPoolExecutor | None
) -> None:
    pinned = origin.head("x")
    destination = Taking(origin.held)
    sent: list[int] = []

    def replaced(count: int) -> None:
        sent.append(count)
        if len(sent) == 3:  # the first two are what was there before, and a part
            origin.put("x", content(20 * PART + 7)[::-1])

    copies = Copier(
        origin,
        destination,
        journal=NO_JOURNAL,
        part_size=PART,
        server_side=False,
        workers=None,
        on_bytes=replaced,
    )
    with pytest.raises(Changed):
        copies.copy(pinned, "x")
    assert origin.asked == [(0, SPAN)]
    assert list(destination.list()) == []


def test_a_checksum_that_needs_all_bytes_in_order_is_computed_of_the_spans(
    origin: Streaming,
) -> None:
    sha256 = checksum_of(content(20 * PART + 7), algorithm="sha256")
    for value, expected in ((sha256, Equality.PROVEN), ("AAAA", None)):
        pinned = replace(origin.head("x"), checksums={"sha256": value})
        origin.asked.clear()
        destination = MemoryStore()
        if expected is None:
            with pytest.raises(Changed, match="vouches for"):
                copier(origin, destination).copy(pinned, "x")
        else:
            assert copier(origin, destination).copy(pinned, "x").equality is expected
        assert (len(origin.asked), origin.alone) == (3, [])


class Signing(Streaming):
    """An origin with an address."""

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str:
        return f"{pinned.name}?{seconds}"


class Fetching(Taking):
    """A destination whose service is asked to fetch, and will do so for some."""

    def __init__(self, held: Held, origin: MemoryStore, *, will: Callable[[int], bool]) -> None:
        super().__init__(held)
        self.origin = origin
        self.will = will
        self.refused: list[int] = []

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        upload = super().upload(name, id=id)
        put_part = upload.put_part

        def fetch(number: int, url: str, *, start: int, length: int, etag: str) -> Part:
            if not self.will(number):
                self.refused.append(number)
                raise CannotFetch("CannotVerifyCopySource")
            data = MemoryStore.get(self.origin, "x", start=start, length=length, if_match=etag)
            self.held.more()
            crc64nvme = checksum_of(data, algorithm="crc64nvme")
            put_part(number, data, crc64nvme=crc64nvme)
            return Part(length, crc64nvme)

        upload.put_part_from = fetch  # type: ignore[method-assign]
        return upload


def test_a_service_that_will_not_fetch_is_asked_once_and_costs_no_request(
    workers: ThreadPoolExecutor | None,
) -> None:
    origin = Signing()
    origin.put("x", content(16 * PART))
    destination = Fetching(origin.held, origin, will=lambda _number: False)
    copied = copier(origin, destination, workers, server_side=True).copy(origin.head("x"), "x")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.STREAMED)
    assert destination.refused == [0]
    assert (origin.asked, origin.alone) == ([(0, SPAN), (SPAN, SPAN)], [])


def test_a_service_that_stops_fetching_loses_no_part(workers: ThreadPoolExecutor | None) -> None:
    origin = Signing()
    origin.put("x", content(30 * PART))
    destination = Fetching(origin.held, origin, will=lambda number: number < 5)
    copied = copier(origin, destination, workers, server_side=True).copy(origin.head("x"), "x")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.STREAMED)
    assert destination.get("x") == content(30 * PART)
    assert destination.refused[0] >= 5
    assert not any(stream.open for stream in origin.streams)
