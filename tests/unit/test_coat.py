"""A coat: every request of a store and of its uploads goes through the door, with its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import pytest

from reconcile.errors import AlreadyExists, BadInput, Throttled
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import Protection
from reconcile.model.sync import Limits
from reconcile.model.unfinished import Part
from reconcile.stores.checksum import checksum_of
from reconcile.stores.coat import PAGE, Coat
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.pacing import Pace, Paced
from reconcile.stores.prefixed import Prefixed
from reconcile.stores.protocol import Store, Stream, Unprotectable
from reconcile.stores.retrying import Retrying
from tests.unit.fake_time import FakeTime

T = TypeVar("T")


@dataclass
class Door:
    """Lets everything through and remembers how many bytes it said to be."""

    sizes: list[int] = field(default_factory=list)

    def __call__(self, work: Callable[[], T], *, size: int = 0) -> T:
        self.sizes.append(size)
        return work()


def crc(data: bytes) -> str:
    return checksum_of(data, algorithm="crc64nvme")


def refused(ask: Callable[[], object]) -> type[BadInput]:
    """A store in memory has no locks, and says so."""
    with pytest.raises(Unprotectable) as told:
        ask()
    return told.type


REQUESTS: dict[str, tuple[Callable[[Store, ObjectInfo, Path], object], int]] = {
    "head": (lambda store, info, _: store.head("k"), 0),
    "get": (lambda store, info, _: store.get("k"), 1),
    "get of a range": (lambda store, info, _: store.get("k", start=2, length=3), 3),
    "get_to_file": (lambda store, info, folder: store.get_to_file(info, folder / "copy"), 5),
    "get_whole": (lambda store, info, _: store.get_whole(info), 5),
    "streamed": (lambda store, info, _: store.streamed(info, start=1, length=3), 0),
    "put": (lambda store, info, _: store.put("new", b"1234"), 4),
    "put of a file": (lambda store, info, folder: store.put("new", folder / "given"), 7),
    "delete": (lambda store, info, _: store.delete("k"), 0),
    "signed_address": (lambda store, info, _: store.signed_address(info, seconds=9), 0),
    "upload": (lambda store, info, _: store.upload("new"), 0),
    "uploads_of": (lambda store, info, _: store.uploads_of("new"), 0),
    "protection": (lambda store, info, _: store.protection("k"), 0),
    "protect": (lambda store, info, _: refused(lambda: store.protect("k", Protection())), 0),
    "release": (lambda store, info, _: refused(lambda: store.release("k")), 0),
    "list": (lambda store, info, _: list(store.list()), 0),
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_verb_is_one_request_through_the_door(request_: str, tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(b"7 bytes")
    ask, size = REQUESTS[request_]
    bare, coated = MemoryStore(), MemoryStore()
    (info, _) = (store.put("k", b"hello") for store in (bare, coated))
    door = Door()
    got, plain = ask(Coat(coated, door), info, tmp_path), ask(bare, info, tmp_path)
    assert door.sizes == [size]
    assert type(got) is type(plain) or request_ == "upload"
    assert request_ == "upload" or got == plain


def test_what_is_done_with_an_upload_goes_through_the_door_as_well() -> None:
    door, parts = Door(), [Part(3, crc(b"abc")), Part(1, crc(b"d"))]
    coat = Coat(MemoryStore(), door)
    upload = coat.upload("k")
    upload.put_part(0, b"abc", crc64nvme=parts[0].crc64nvme)
    upload.put_part(1, b"d", crc64nvme=parts[1].crc64nvme)
    assert upload.parts() == {0: 3, 1: 1}
    assert coat.upload("k", id=upload.id).parts() == {0: 3, 1: 1}
    upload.commit(parts, crc64nvme=crc(b"abcd"))
    assert coat.get("k", length=4) == b"abcd"
    coat.upload("other").abort()
    assert door.sizes == [0, 3, 1, 0, 0, 0, 0, 4, 0, 0]


def test_an_absent_file_is_the_stores_to_complain_about(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        Coat(LocalStore(tmp_path), Door()).put("k", tmp_path / "absent")


class Streams(MemoryStore):
    """A store that streams, and refuses the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0
        self.streams: list[_Arriving] = []

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        if not self.refused:
            self.refused += 1
            raise Throttled("slow down", retry_after=3.0)
        data = self.get(pinned.name, start=start, length=length, if_match=pinned.etag)
        self.streams.append(_Arriving(data))
        return self.streams[-1]


class _Arriving(BytesIO):
    """Bytes as a stream that does not break."""

    def read(self, size: int | None = None, /) -> bytes:
        return super().read(size)


def test_a_stream_is_begun_again_when_refused_and_read_at_the_pace() -> None:
    time = FakeTime()
    limits = Limits(bytes_per_second=100)
    pace = Pace(limits, clock=time.clock, pause=time.pause, random=lambda: 0.0)
    bare = Streams()
    info = bare.put("a/k", b"x" * 600)
    store = Retrying(Prefixed(Paced(bare, pace), "a"))
    stream = store.streamed(replace(info, name="k"), start=10, length=500)
    assert stream is not None
    assert time.pauses == [3.0]
    began = time.now
    assert [len(stream.read(size)) for size in (300, 200, 1)] == [300, 200, 0]
    assert time.now - began == pytest.approx(5, abs=0.2)  # 500 bytes at 100 a second
    stream.close()
    assert bare.streams[0].closed


class RefusesCommits(MemoryStore):
    """Refuses the first commit of any upload before anything was done."""

    refused = 0

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        if not self.refused:
            self.refused += 1
            raise Throttled("slow down", retry_after=3.0)
        return super().put(name, data, create_only=create_only, if_match=if_match)


def test_a_commit_that_was_refused_is_made_once() -> None:
    time = FakeTime()
    pace = Pace(Limits(), clock=time.clock, pause=time.pause, random=lambda: 0.0)
    coat = Paced(RefusesCommits(), pace)
    upload = coat.upload("k")
    upload.put_part(0, b"abc", crc64nvme=crc(b"abc"))
    upload.commit([Part(3, crc(b"abc"))], crc64nvme=crc(b"abc"))
    assert (coat.get("k"), time.pauses) == (b"abc", [3.0])
    with pytest.raises(AlreadyExists):
        coat.put("k", b"other", create_only=True)


class BreaksOff(MemoryStore):
    """A listing that fails in the middle of a page, once."""

    broken = False

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        for number, info in enumerate(super().list(prefix)):
            if number == PAGE + 7 and not self.broken:
                self.broken = True
                raise Throttled("slow down")
            yield info


def test_a_listing_that_breaks_off_in_a_page_loses_nothing_and_repeats_nothing() -> None:
    store = BreaksOff()
    names = [f"{number:05}" for number in range(PAGE + 50)]
    for name in names:
        store.put(name, b"")
    time = FakeTime()
    pace = Pace(Limits(), clock=time.clock, pause=time.pause, random=lambda: 0.0)
    assert [info.name for info in Paced(store, pace).list()] == names
