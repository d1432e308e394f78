"""Bytes that do not arrive as they should: noticed, named, and no file left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import AccessDenied, Changed, DiskFull, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.checksum import checksum_of
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import CutShort, Store
from reconcile.stores.retrying import Retrying
from reconcile.stores.s3 import S3Store
from tests.faults.disk import small_disk
from tests.faults.server import CONTENT, TAG, Script, scripted_server
from tests.stores import blob_service, s3_client

PINNED = ObjectInfo("k", len(CONTENT), TAG)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(params=["s3", "blob"])
def store(request: pytest.FixtureRequest, script: Script) -> Iterator[Store]:
    with scripted_server(script) as url:
        if request.param == "s3":
            yield S3Store(s3_client(S3Endpoint(url, "access", "secret")), "bucket")
        else:
            with blob_service(BlobEndpoint(f"{url}/acct", "acct", "a2V5")) as service:
                yield BlobStore(service.get_container_client("container"))


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def test_the_scripted_server_can_answer_well(store: Store, spool: Path) -> None:
    store.get_to_file(PINNED, spool / "copy")
    assert (spool / "copy").read_bytes() == CONTENT


def test_a_body_cut_short_is_noticed(store: Store, script: Script, spool: Path) -> None:
    script.sent = len(CONTENT) // 2
    with pytest.raises(CutShort, match=r"k was cut short"):
        store.get_to_file(PINNED, spool / "copy")
    assert list(spool.iterdir()) == []


def test_a_body_cut_short_is_fetched_again_and_then_given_up(
    store: Store, script: Script, spool: Path
) -> None:
    script.sent = 10
    with pytest.raises(CutShort):
        Retrying(store).get_to_file(PINNED, spool / "copy")
    assert len(script.asked) >= 2


def test_a_whole_answer_of_another_size_is_noticed(
    store: Store, script: Script, spool: Path
) -> None:
    script.content = CONTENT[:-1]
    with pytest.raises(Changed):
        store.get_to_file(PINNED, spool / "copy")
    assert list(spool.iterdir()) == []


def test_another_tag_than_the_pinned_one_is_noticed_where_conditions_are_ignored(
    script: Script, spool: Path
) -> None:
    script.headers = {"ETag": '"another"'}
    with scripted_server(script) as url:
        store = S3Store(s3_client(S3Endpoint(url, "access", "secret")), "bucket")
        with pytest.raises(Changed, match="no longer the object"):
            store.get_to_file(PINNED, spool / "copy")
        with pytest.raises(Changed, match="no longer the object"):
            store.get("k", if_match=TAG)
        with pytest.raises(Changed, match="no longer the object"):
            store.streamed(PINNED, start=0, length=PINNED.size)


def test_an_answer_that_is_not_the_range_is_none_of_it(script: Script) -> None:
    with scripted_server(script) as url:
        store = S3Store(s3_client(S3Endpoint(url, "access", "secret")), "bucket")
        with pytest.raises(Changed):
            store.streamed(PINNED, start=100, length=200)


def test_a_stream_that_is_cut_short_is_no_longer_than_what_arrived(script: Script) -> None:
    script.sent = 1500
    with scripted_server(script) as url:
        store = S3Store(s3_client(S3Endpoint(url, "access", "secret")), "bucket")
        stream = store.streamed(PINNED, start=0, length=PINNED.size)
        assert stream is not None
        with closing(stream):
            assert stream.read(1000) == CONTENT[:1000]
            with suppress(CutShort):
                assert stream.read(1000) == CONTENT[1000:1500]
            with pytest.raises(CutShort):
                stream.read(1000)


@pytest.mark.parametrize("algorithm", ["crc32", "sha1", "sha256", "crc64nvme", "crc32c"])
def test_bytes_that_turned_on_the_way_are_noticed(
    script: Script, spool: Path, algorithm: str
) -> None:
    script.headers = {
        f"x-amz-checksum-{algorithm}": checksum_of(CONTENT, algorithm=algorithm),
        "x-amz-checksum-type": "FULL_OBJECT",
    }
    with scripted_server(script) as url:
        store = S3Store(s3_client(S3Endpoint(url, "access", "secret")), "bucket")
        store.get_to_file(PINNED, spool / "copy")
        (spool / "copy").unlink()
        script.content = CONTENT[:-1] + b"?"
        with pytest.raises(CutShort):
            store.get_to_file(PINNED, spool / "copy")
    assert list(spool.iterdir()) == []


def test_a_pinned_checksum_counts_whatever_the_store(
    store: Store, script: Script, spool: Path
) -> None:
    checksums = {"crc64nvme": checksum_of(CONTENT, algorithm="crc64nvme")}
    script.content = b"?" + CONTENT[1:]
    with pytest.raises(CutShort, match="crc64nvme"):
        store.get_to_file(ObjectInfo("k", len(CONTENT), TAG, checksums=checksums), spool / "copy")
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_service_that_is_overwhelmed_is_transient(
    store: Store, script: Script, spool: Path, status: int
) -> None:
    script.status = status
    with pytest.raises(Transient, match="come back later"):
        store.get_to_file(PINNED, spool / "copy")
    with pytest.raises(Transient, match="come back later"):
        store.put("k", b"x")


def test_a_refusal_without_words_is_denied(store: Store, script: Script) -> None:
    script.status = 403
    with pytest.raises(AccessDenied, match="rights"):
        store.head("k")


def test_a_full_disk_is_named_and_left_clean(tmp_path: Path) -> None:
    store = MemoryStore()
    store.put("big", bytes(1_000_000))
    with small_disk(tmp_path / "small", kilobytes=64) as disk:
        with pytest.raises(DiskFull, match=r"no room to write .*copy"):
            store.get_to_file(store.head("big"), disk / "copy")
        with pytest.raises(DiskFull, match="no room"):
            LocalStore(disk).put("folder/big", bytes(1_000_000))
        assert [path for path in disk.rglob("*") if path.is_file()] == []


def test_a_write_that_the_system_refuses_is_denied(tmp_path: Path) -> None:
    store = MemoryStore()
    store.put("k", b"x")
    with pytest.raises(AccessDenied, match=r"absent/copy cannot be written"):
        store.get_to_file(store.head("k"), tmp_path / "absent" / "copy")
