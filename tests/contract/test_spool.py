"""The spool: bounded, private, checked, and gone afterwards."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from reconcile.errors import BadInput, Changed, DiskFull, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.checksum import checksum_of, own_algorithm
from reconcile.stores.listing import Listing, with_checksums
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import Store
from reconcile.stores.spool import Spool, spool_folder


def filled(store: Store, *, objects: int = 20) -> Listing:
    for number in range(objects):
        store.put(f"d/{number:02}", b"x" * (number + 1))
    return Listing(store, tuple(store.list("d/")), "d")


def test_objects_arrive_in_the_order_of_the_listing(tmp_path: Path) -> None:
    listing = filled(MemoryStore())
    with Spool(tmp_path) as spool:
        spooled = spool.fetch(listing)
        assert [one.info for one in spooled] == list(listing.objects)
        assert [one.path.read_bytes() for one in spooled] == [b"x" * n for n in range(1, 21)]
        assert all(one.path.parent == spool.path for one in spooled)


def test_a_hostile_name_never_becomes_a_path(tmp_path: Path) -> None:
    store = MemoryStore()
    for name in ("../../escaped", "/etc/escaped", "a\0b"):
        store.put(name, b"x")
    with Spool(tmp_path) as spool:
        spooled = spool.fetch(Listing(store, tuple(store.list()), ""))
        assert [one.path.name for one in spooled] == ["00000001", "00000002", "00000003"]


def test_two_listings_share_a_spool_without_touching_each_other(tmp_path: Path) -> None:
    one, two = filled(MemoryStore()), filled(MemoryStore(), objects=3)
    with Spool(tmp_path) as spool:
        paths = [spooled.path for listing in (one, two) for spooled in spool.fetch(listing)]
        assert len(set(paths)) == 23


def test_the_folder_is_private_and_gone_even_after_an_error(tmp_path: Path) -> None:
    def fails_half_way() -> None:
        with Spool(tmp_path / "made" / "for it") as spool:
            spool.fetch(filled(MemoryStore()))
            assert stat.S_IMODE(spool.path.stat().st_mode) == 0o700
            raise KeyError

    with pytest.raises(KeyError):
        fails_half_way()
    assert list((tmp_path / "made" / "for it").iterdir()) == []


def test_what_does_not_fit_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    listing = filled(MemoryStore())
    with Spool(tmp_path, max_bytes=300) as spool:
        spool.fetch(listing)  # 210 bytes
        with pytest.raises(DiskFull, match=r"90 bytes free.*210 bytes"):
            spool.fetch(listing)
        assert len(list(spool.path.glob("[!.]*"))) == 20


def test_more_than_the_disk_holds_is_refused(tmp_path: Path) -> None:
    listing = Listing(MemoryStore(), (ObjectInfo("d/big", 10**18, "1"),), "d")
    with Spool(tmp_path) as spool, pytest.raises(DiskFull, match="1,000,000,000,000,000,000 bytes"):
        spool.fetch(listing)


def test_a_spool_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="RECONCILE_SPOOL"), Spool(tmp_path / "file"):
        pass


def test_progress_tells_of_every_byte_and_object(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with Spool(tmp_path / "s", progress=lambda n, k: told.append((n, k))) as spool:
        spool.fetch(filled(MemoryStore()))
        spool.fetch(filled(LocalStore(tmp_path / "data")))
    assert [sum(column) for column in zip(*told, strict=True)] == [420, 40]


def test_a_replaced_object_stops_the_fetch(tmp_path: Path) -> None:
    store = MemoryStore()
    listing = filled(store)
    store.put("d/07", b"replaced")
    with Spool(tmp_path) as spool, pytest.raises(Changed, match="d/07"):
        spool.fetch(listing)


class Failing(MemoryStore):
    """Fails on the first object and counts what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self._count = threading.Lock()

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> None:
        with self._count:
            self.asked += 1
        raise Transient("down")


def test_the_first_error_ends_the_fetch(tmp_path: Path) -> None:
    store = Failing()
    listing = filled(store, objects=99)
    with Spool(tmp_path, parallel=2) as spool, pytest.raises(Transient, match="down"):
        spool.fetch(listing)
    assert store.asked < 99


def test_local_files_are_read_where_they_lie(tmp_path: Path) -> None:
    listing = filled(LocalStore(tmp_path / "data"))
    with Spool(tmp_path / "spool", max_bytes=0) as spool:
        spooled = spool.fetch(listing)
        assert [one.path for one in spooled][:2] == [tmp_path / "data/d/00", tmp_path / "data/d/01"]
        assert list(spool.path.glob("[!.]*")) == []
        spool.verify_unchanged(listing)


@pytest.mark.parametrize("fate", ["replaced", "written to", "removed"])
def test_a_local_file_that_changed_while_it_was_read_is_noticed(tmp_path: Path, fate: str) -> None:
    store = LocalStore(tmp_path / "data")
    listing = filled(store, objects=3)
    path = tmp_path / "data/d/01"
    with Spool(tmp_path / "spool") as spool:
        spool.fetch(listing)
        if fate == "replaced":
            (tmp_path / "new").write_bytes(path.read_bytes())
            os.utime(tmp_path / "new", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            (tmp_path / "new").replace(path)
        elif fate == "written to":
            path.write_bytes(b"longer than before")
        else:
            path.unlink()
        with pytest.raises(Changed, match="d/01"):
            spool.verify_unchanged(listing)


def test_checksums_are_asked_for_under_the_listed_tag() -> None:
    store = MemoryStore()
    listing = filled(store)
    bare = replace(listing, objects=tuple(replace(i, checksums={}) for i in listing.objects))
    assert with_checksums(bare).objects == listing.objects
    store.put("d/03", b"other")
    with pytest.raises(Changed, match="d/03"):
        with_checksums(bare)


def test_what_was_fetched_is_known_by_its_checksum(tmp_path: Path) -> None:
    store = MemoryStore()
    listing = filled(store, objects=3)
    bare = replace(listing, objects=tuple(replace(i, checksums={}) for i in listing.objects))
    with Spool(tmp_path) as spool:
        for one in spool.fetch(bare):
            with one.path.open("rb") as file:
                expected = checksum_of(file, algorithm=own_algorithm())
            assert one.info.checksums == {own_algorithm(): expected}


def test_room_is_given_back(tmp_path: Path) -> None:
    listing = filled(MemoryStore())  # 210 bytes
    with Spool(tmp_path, max_bytes=300) as spool:
        for _ in range(3):
            fetched = spool.fetch(listing)
            spool.release(fetched)
            assert not any(one.path.exists() for one in fetched)


def test_files_used_where_they_lie_are_not_released(tmp_path: Path) -> None:
    listing = filled(LocalStore(tmp_path / "data"), objects=2)
    with Spool(tmp_path / "spool") as spool:
        fetched = spool.fetch(listing)
        spool.release(fetched)
        assert all(one.path.exists() for one in fetched)


def test_files_on_this_disk_are_summed_where_a_service_would_be_asked(tmp_path: Path) -> None:
    listing = filled(LocalStore(tmp_path / "data"), objects=2)
    found = with_checksums(listing).objects
    assert [set(info.checksums) for info in found] == [{own_algorithm()}] * 2
    assert len({info.checksums[own_algorithm()] for info in found}) == 2


def test_the_spools_folder_comes_from_the_environment(tmp_path: Path) -> None:
    assert spool_folder({"RECONCILE_SPOOL": str(tmp_path)}) == tmp_path
    assert spool_folder({}).is_dir()
