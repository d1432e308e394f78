"""What every store promises, asked of every store."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconcile.errors import AlreadyExists, Changed, NotFound
from reconcile.model.sync import Limits
from reconcile.model.traffic import Traffic
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.circuit import Circuit, Guarded
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.pacing import Pace, Paced
from reconcile.stores.prefixed import Prefixed
from reconcile.stores.protocol import ContainerMissing, Store
from reconcile.stores.retrying import Retrying
from reconcile.stores.s3 import S3Store
from tests.stores import blob_service, new_bucket, new_container, s3_client


@dataclass(frozen=True)
class Case:
    """A store, the same one with its container missing, and what its service cannot do."""

    store: Store
    missing: Store | None
    conditional_writes: bool = True
    atomic_conditions: bool = True


@pytest.fixture(
    params=["memory", "local", "s3_moto", "s3_rclone", "azurite", "prefixed_retrying", "coats"]
)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    match request.param:
        case "memory":
            yield Case(MemoryStore(), None)
        case "local":
            (tmp_path / "store").mkdir()
            yield Case(LocalStore(tmp_path / "store"), LocalStore(tmp_path / "absent"))
        case "s3_moto":
            client = s3_client(request.getfixturevalue("s3_endpoint"))
            store, missing = S3Store(client, new_bucket(client)), S3Store(client, "absent-bucket")
            # moto looks first and writes then, with no lock in between; S3 itself does not.
            yield Case(store, missing, atomic_conditions=False)
        case "s3_rclone":
            # rclone takes no notice of If-Match and If-None-Match on writes.
            client = s3_client(request.getfixturevalue("rclone_endpoint"))
            store, missing = S3Store(client, new_bucket(client)), S3Store(client, "absent-bucket")
            yield Case(store, missing, conditional_writes=False)
        case "azurite":
            service = blob_service(request.getfixturevalue("blob_endpoint"))
            with service, new_container(service) as container:
                missing = service.get_container_client("absent-container")
                yield Case(BlobStore(container, page_size=7), BlobStore(missing))
        case "prefixed_retrying":
            yield Case(Retrying(Prefixed(MemoryStore(), "a/b")), None)
        case "coats":
            guarded = Guarded(MemoryStore(), Circuit("memory"))
            yield Case(Retrying(Paced(guarded, Pace(Limits()))), None)


@pytest.fixture
def store(case: Case) -> Store:
    return case.store


@pytest.fixture
def conditional(case: Case) -> Store:
    if not case.conditional_writes:
        pytest.skip("this service has no conditional writes")
    return case.store


def names(store: Store, prefix: str = "") -> list[str]:
    return [info.name for info in store.list(prefix)]


def test_what_was_put_is_listed_headed_and_read(store: Store) -> None:
    put = store.put("a/b.bin", b"hello")
    (listed,) = store.list()
    headed = store.head("a/b.bin")
    assert (listed.name, listed.size) == ("a/b.bin", 5)
    assert put.etag == listed.etag == headed.etag
    assert put.size == headed.size == 5
    assert store.get("a/b.bin") == b"hello"


def test_an_empty_store_lists_nothing(store: Store) -> None:
    assert names(store) == []
    assert names(store, "a/") == []


def test_listings_reach_beyond_one_page_in_name_order(store: Store) -> None:
    for number in reversed(range(23)):
        store.put(f"d/{number:02}", b"x")
    store.put("d2", b"x")
    assert names(store, "d/") == [f"d/{number:02}" for number in range(23)]
    assert names(store)[-1] == "d2"


def test_names_are_ordered_by_their_utf8_bytes(store: Store) -> None:
    hard = ["a", "a b", "a+b", "a%2Fb", "é", "\uff5e", "\U0001f600", "Z", "?#&'\""]
    for name in hard:
        store.put(name, name.encode())
    assert names(store) == sorted(hard, key=str.encode)
    assert [store.get(name).decode() for name in hard] == hard


def test_a_prefix_is_text_and_not_a_folder(store: Store) -> None:
    for name in ("a/b/1", "a/b2/1", "a/b"[:1] + "c"):
        store.put(name, b"x")
    assert names(store, "a/b") == ["a/b/1", "a/b2/1"]
    assert names(store, "a/b/") == ["a/b/1"]


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, None, b"0123456789"), (0, 4, b"0123"), (3, 4, b"3456"), (7, None, b"789"),
     (8, 100, b"89"), (10, 5, b""), (99, None, b""), (2, 0, b"")],
)  # fmt: skip
def test_ranges(store: Store, start: int, length: int | None, expected: bytes) -> None:
    store.put("digits", b"0123456789")
    assert store.get("digits", start=start, length=length) == expected


def test_an_empty_object_is_an_object(store: Store, tmp_path: Path) -> None:
    info = store.put("empty", b"")
    store.get_to_file(store.head("empty"), tmp_path / "copy")
    assert info.size == 0
    assert store.get("empty") == b""
    assert (tmp_path / "copy").read_bytes() == b""


def test_absent_objects_are_not_found_by_name(store: Store) -> None:
    for ask in (store.head, store.get):
        with pytest.raises(NotFound, match="no/such") as caught:
            ask("no/such")
        assert not isinstance(caught.value, ContainerMissing)


def test_a_missing_container_is_told_from_a_missing_object(case: Case, tmp_path: Path) -> None:
    if case.missing is None:
        pytest.skip("this store has no container that could be missing")
    with pytest.raises(ContainerMissing, match="absent"):
        list(case.missing.list())
    with pytest.raises(NotFound, match="absent"):
        case.missing.head("x")


def test_a_tag_pins_what_is_read(store: Store) -> None:
    first = store.put("k", b"first")
    assert store.get("k", if_match=first.etag) == b"first"
    second = store.put("k", b"other")
    assert second.etag != first.etag
    for length in (None, 2, 0):
        with pytest.raises(Changed):
            store.get("k", length=length, if_match=first.etag)


def test_a_stream_is_a_range_of_the_pinned_object_or_none(store: Store) -> None:
    data = bytes(range(256)) * 40
    store.put("k", data)
    (pinned,) = store.list()
    before = store.traffic
    stream = store.streamed(pinned, start=100, length=7000)
    if stream is None:
        assert store.traffic == before
        return
    with closing(stream):
        assert stream.read(5000) == data[100:5100]
        assert stream.read(2000) == data[5100:7100]
        assert stream.read(1) == b""
    assert before is not None
    assert store.traffic == before + Traffic(requests=1, bytes=7000)
    unfinished = store.streamed(pinned, start=0, length=5000)
    assert unfinished is not None
    assert unfinished.read(10) == data[:10]
    unfinished.close()
    store.put("k", data[::-1])
    with pytest.raises(Changed):
        store.streamed(pinned, start=100, length=7000)
    store.delete("k")
    with pytest.raises(Changed):
        store.streamed(pinned, start=100, length=7000)


def test_a_pinned_object_arrives_whole(store: Store, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    store.put("k", content)
    (pinned,) = store.list()
    store.get_to_file(pinned, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    store.get_to_file(store.head("k"), tmp_path / "copy")  # and replaces a file


@pytest.mark.parametrize("fate", ["replaced", "removed", "of another size", "of another checksum"])
def test_an_object_that_is_not_the_pinned_one_leaves_no_file(
    store: Store, tmp_path: Path, fate: str
) -> None:
    store.put("k", b"listed")
    (pinned,) = store.list()
    if fate == "replaced":
        store.put("k", b"LISTED")
    elif fate == "removed":
        store.delete("k")
    elif fate == "of another size":
        pinned = dataclasses.replace(pinned, size=7)
    else:
        pinned = dataclasses.replace(pinned, checksums={"sha256": "wrong"})
    folder = tmp_path / "spool"
    folder.mkdir()
    with pytest.raises(Changed, match="k"):
        store.get_to_file(pinned, folder / "copy")
    assert list(folder.iterdir()) == []


def test_files_are_put_like_bytes(store: Store, tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(b"from a file")
    store.put("k", tmp_path / "original")
    assert store.get("k") == b"from a file"


def test_create_only_never_overwrites(conditional: Store) -> None:
    conditional.put("k", b"first", create_only=True)
    with pytest.raises(AlreadyExists, match="k"):
        conditional.put("k", b"second", create_only=True)
    assert conditional.get("k") == b"first"


def test_put_if_match_replaces_only_what_was_seen(conditional: Store) -> None:
    seen = conditional.put("k", b"seen")
    newer = conditional.put("k", b"newer", if_match=seen.etag)
    with pytest.raises(Changed, match="k"):
        conditional.put("k", b"late", if_match=seen.etag)
    assert conditional.get("k") == b"newer"
    conditional.delete("k")
    with pytest.raises(Changed):
        conditional.put("k", b"late", if_match=newer.etag)
    assert names(conditional) == []


def test_delete_if_match_removes_only_what_was_seen(conditional: Store) -> None:
    seen = conditional.put("k", b"seen")
    newer = conditional.put("k", b"newer")
    with pytest.raises(Changed):
        conditional.delete("k", if_match=seen.etag)
    conditional.delete("k", if_match=newer.etag)
    assert names(conditional) == []


@pytest.mark.parametrize("condition", ["create_only", "if_match"])
def test_of_many_writers_at_once_exactly_one_wins(case: Case, condition: str) -> None:
    if not (case.conditional_writes and case.atomic_conditions):
        pytest.skip("this service cannot decide between writers")
    tag = None if condition == "create_only" else case.store.put("k", b"seen").etag

    def write(number: int) -> bool:
        try:
            case.store.put("k", f"{number}".encode(), create_only=tag is None, if_match=tag)
        except (AlreadyExists, Changed):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, one in enumerate(pool.map(write, range(8))) if one]
    assert [case.store.get("k")] == [f"{number}".encode() for number in won]


def test_deleting_twice_is_no_error(store: Store) -> None:
    store.put("k", b"x")
    store.delete("k")
    store.delete("k")
    assert names(store) == []


def test_the_path_of_an_object_is_its_own_file_or_none(store: Store) -> None:
    store.put("k", b"x")
    path = store.path_of("k")
    assert path is None or path.read_bytes() == b"x"


def test_an_address_is_one_stores_alone(case: Case, tmp_path: Path) -> None:
    everywhere = [case.store, LocalStore(tmp_path / "elsewhere"), MemoryStore(), MemoryStore()]
    everywhere += [Prefixed(store, "below") for store in everywhere]
    if case.missing is not None:
        everywhere.append(case.missing)
    addresses = [store.address for store in everywhere]
    assert len(set(addresses)) == len(addresses)
    assert Retrying(case.store).address == case.store.address


def test_traffic_is_of_what_goes_over_a_wire_alone(store: Store, tmp_path: Path) -> None:
    info = store.put("k", b"x" * 1000)
    before = store.traffic
    store.get_to_file(info, tmp_path / "copy")
    assert store.get("k", start=10, length=20) == b"x" * 20
    after = store.traffic
    if before is None or after is None:
        assert (before, after) == (None, None)
        assert store.path_of("k") is not None or isinstance(store, MemoryStore | Retrying)
    else:
        assert after.bytes - before.bytes == 1020
        assert after.requests - before.requests == 2


def test_every_page_of_a_listing_is_a_request_whose_bytes_count(store: Store) -> None:
    if store.traffic is None:
        pytest.skip("nothing goes over a wire")
    for number in range(15):
        store.put(f"d/{number:02}", b"")
    before = store.traffic
    assert len(names(store, "d/")) == 15
    assert store.traffic.requests - before.requests in (1, 3)  # pages of seven, or of a thousand
    # A listing names every object.
    assert store.traffic.bytes - before.bytes > 15 * len("d/00")
