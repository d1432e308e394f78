"""CRC-64/NVME as both clouds spell it, and put together of parts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reconcile.errors import BadInput
from reconcile.model.unfinished import Part
from reconcile.stores import checksum
from reconcile.stores.azure_crc64 import told_by
from reconcile.stores.checksum import checksum_of, combined_crc64nvme, require_crc64nvme
from reconcile.stores.memory import MemoryStore
from reconcile.stores.verified_copy import NO_JOURNAL, Copier


def part(data: bytes) -> Part:
    return Part(len(data), checksum_of(data, algorithm="crc64nvme"))


def slowly(data: bytes) -> int:
    """The polynomial of the specification, bit by bit."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x9A6C9329AC4BC9B5 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


@pytest.mark.parametrize(
    ("data", "spelled"), [(b"", "AAAAAAAAAAA="), (b"123456789", "rosUhgp5mIg=")]
)
def test_it_is_the_published_checksum(data: bytes, spelled: str) -> None:
    assert checksum_of(data, algorithm="crc64nvme") == spelled
    assert combined_crc64nvme([part(data)]) == spelled


def test_azure_spells_it_the_other_way_round() -> None:
    assert told_by({"content_crc64": base64.b64decode("iJh5CoYUi64=")}) == "rosUhgp5mIg="
    assert told_by({}) is None
    assert told_by({"content_crc64": None}) is None


@given(some.binary(max_size=100))
def test_it_is_the_polynomial_of_the_specification(data: bytes) -> None:
    assert (
        checksum_of(data, algorithm="crc64nvme")
        == base64.b64encode(slowly(data).to_bytes(8, "big")).decode()
    )


@given(some.lists(some.binary(max_size=50), max_size=8))
def test_parts_put_together_are_the_whole(pieces: list[bytes]) -> None:
    assert combined_crc64nvme(map(part, pieces)) == checksum_of(
        b"".join(pieces), algorithm="crc64nvme"
    )


@given(some.lists(some.binary(min_size=1, max_size=20), min_size=2, max_size=5))
def test_parts_in_another_order_are_another_whole(pieces: list[bytes]) -> None:
    if b"".join(reversed(pieces)) != b"".join(pieces):
        assert combined_crc64nvme(map(part, pieces)) != combined_crc64nvme(
            map(part, reversed(pieces))
        )


def test_without_the_library_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {"sha256": checksum._makers()["sha256"]}
    monkeypatch.setattr(checksum, "_makers", lambda: without)
    with pytest.raises(BadInput, match="awscrt"):
        require_crc64nvme()
    with pytest.raises(BadInput, match="awscrt"):
        Copier(MemoryStore(), MemoryStore(), journal=NO_JOURNAL, part_size=1000, server_side=False)
