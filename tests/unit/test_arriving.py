"""An object that arrives while it is sent on."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from io import UnsupportedOperation
from typing import Any

import pytest

from reconcile.model.objects import ObjectInfo
from reconcile.stores import arriving
from reconcile.stores.arriving import Arriving
from reconcile.stores.checksum import checksum_of
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import CutShort

DATA = bytes(range(250)) * 4


class Breaking(MemoryStore):
    """Streams that break off after so many bytes, as often as that is said."""

    def __init__(self, *breaks: int) -> None:
        super().__init__()
        self.breaks = list(breaks)
        self.begun: list[int] = []

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Any:
        self.begun.append(start)
        left = self.breaks.pop(0) if self.breaks else len(DATA)
        return Lasting(DATA[start : start + left])


class Lasting:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int) -> bytes:
        given, self.data = self.data[:size], self.data[size:]
        return given

    def close(self) -> None:
        self.data = b""


@pytest.fixture(autouse=True)
def _in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "CHUNK_BYTES", 300)


def body(store: Breaking, told: list[int], **changes: Any) -> Arriving:
    md5 = base64.b64encode(hashlib.md5(DATA, usedforsecurity=False).digest()).decode()
    pinned = replace(ObjectInfo("x", len(DATA), "1", md5=md5), **changes)
    return Arriving(store, pinned, on_bytes=told.append)


def all_of(found: Arriving) -> bytes:
    return b"".join(iter(found.read, b""))


def test_it_goes_on_where_it_broke_off() -> None:
    store, told = Breaking(400, 100), list[int]()
    found = body(store, told)
    assert all_of(found) == DATA
    assert found.is_whole
    assert store.begun == [0, 400, 500]
    assert (sum(told), found.end) == (len(DATA), DATA[-len(found.end) :])
    assert arriving.crc64nvme_of(found) == checksum_of(DATA, algorithm="crc64nvme")


def test_it_is_given_up_where_it_breaks_off_again_and_again() -> None:
    found = body(Breaking(*[10] * 9), [])
    with pytest.raises(CutShort):
        all_of(found)
    with pytest.raises(CutShort):  # nor does it go on for whoever asks once more
        found.read()
    assert not found.is_whole


def test_its_end_is_not_given_where_it_is_not_what_is_vouched_for() -> None:
    found = body(Breaking(), [], checksums={"crc64nvme": "AAAAAAAAAAA="})
    given = [found.read() for _ in range(3)]
    with pytest.raises(CutShort):
        found.read()
    assert len(b"".join(given)) < len(DATA) == len(found)


def test_it_begins_anew_for_a_request_that_is_made_again() -> None:
    store, told = Breaking(), list[int]()
    found = body(store, told)
    found.read()
    assert (found.tell(), found.seek(0)) == (300, 0)
    assert all_of(found) == DATA
    assert (sum(told), store.begun) == (len(DATA), [0, 0])
    with pytest.raises(UnsupportedOperation):
        found.seek(7)
