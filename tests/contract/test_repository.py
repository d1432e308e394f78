"""A repository on every kind of store: made once, opened as what it is, true to its content."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconcile.errors import BadInput, Damaged, NotFound, Tampered, Transient
from reconcile.model.snapshot import Chunk, Segment
from reconcile.repository.chunks import (
    pieces,
    put_chunk,
    put_segment,
    read_chunk,
    read_content,
    read_segment,
)
from reconcile.repository.layout import Kind, content
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.stores.key_file import KeyFile, new_key_file
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import Store
from tests.contract.repositories import PlayedKey, Unkind

KINDS = ["memory", "local", "s3", "az"]
DATA = b"AA,17,2013-11-05\n" * 1000


@pytest.fixture(params=[None, PlayedKey()], ids=["clear", "encrypted"])
def key(request: pytest.FixtureRequest) -> PlayedKey | None:
    return request.param


@pytest.fixture
def repository(key: PlayedKey | None) -> Repository:
    return Repository.create(MemoryStore(), key=key)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_stored_is_read_again_by_whoever_opens_it(
    kind: str, new_store: Callable[[str], Store], key: PlayedKey | None
) -> None:
    store = new_store(kind)
    made = Repository.create(store, key=key)
    chunk = put_chunk(made, DATA)
    put_chunk(made, DATA)  # once more: a sweep may have marked it

    opened = Repository.open(store, key=key)

    assert (opened.id, opened.encrypted) == (made.id, key is not None)
    assert read_chunk(opened, chunk) == DATA
    assert chunk.id == opened.chunk_id(DATA)
    assert Present.listed(opened).has(chunk)
    stored = store.get(content(Kind.CHUNK, chunk.id))
    assert (stored == DATA) is (key is None)


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_who_make_it_at_once_one_does(
    kind: str, new_store: Callable[[str], Store], key: PlayedKey | None
) -> None:
    if kind == "s3":
        pytest.skip("moto looks first and writes then, with no lock in between")
    store, together = new_store(kind), threading.Barrier(4)

    def made(_: int) -> Repository:
        together.wait()
        return Repository.create(store, key=key)

    with ThreadPoolExecutor(4) as several:
        repositories = list(several.map(made, range(4)))

    chunks = [put_chunk(one, DATA) for one in repositories]
    assert len({one.id for one in repositories}) == 1
    assert len(set(chunks)) == 1
    assert all(read_chunk(one, chunks[0]) == DATA for one in repositories)


def test_who_comes_second_opens_what_the_first_made(key: PlayedKey | None) -> None:
    store, first = Unkind(), list[Repository]()

    def overtake(_name: str) -> None:
        store.before = lambda _name: None
        first.append(Repository.create(store, key=key))

    store.before = overtake
    second = Repository.create(store, key=key)

    assert second.id == first[0].id
    assert read_chunk(Repository.open(store, key=key), put_chunk(second, DATA)) == DATA


def test_a_repository_whose_making_was_not_answered_is_opened(key: PlayedKey | None) -> None:
    store = Unkind(answers_lost=["repository.json"])
    made = Repository.create(store, key=key)
    assert Repository.open(store, key=key).id == made.id


def test_a_repository_that_could_not_be_made_is_not_there() -> None:
    store = Unkind(requests_lost=["repository.json"] * 3)
    with pytest.raises(Transient):
        Repository.create(store)
    with pytest.raises(NotFound, match="no repository lies in"):
        Repository.open(store)


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_lost_what_it_says_of_itself_is_not_begun_anew(
    kind: str, new_store: Callable[[str], Store], key: PlayedKey | None
) -> None:
    store = new_store(kind)
    Repository.create(store, key=key)
    store.put("ledger/00000001.json", b"{}")
    store.delete("repository.json")
    for begin in (Repository.open, Repository.create):
        with pytest.raises(Tampered, match=r"repository\.json is gone"):
            begin(store, key=key)


def test_a_key_file_of_ours_opens_it(tmp_path: Path) -> None:
    store = MemoryStore()
    made = Repository.create(store, key=new_key_file(tmp_path / "key"))
    chunk = put_chunk(made, DATA)

    opened = Repository.open(store, key=KeyFile(tmp_path / "key"))
    assert read_chunk(opened, chunk) == DATA
    with pytest.raises(BadInput):
        Repository.open(store, key=new_key_file(tmp_path / "other"))


def test_a_key_that_is_gone_makes_no_second_repository() -> None:
    class Deleted(PlayedKey):
        def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
            raise NotFound("the key was deleted")

    store = MemoryStore()
    Repository.create(store, key=PlayedKey())
    before = store.get("repository.json")

    with pytest.raises(NotFound, match="the key was deleted"):
        Repository.create(store, key=Deleted())
    assert store.get("repository.json") == before


@pytest.mark.parametrize(
    ("made_with", "opened_with"),
    [
        (None, PlayedKey()),
        (PlayedKey(), None),
        (PlayedKey(), PlayedKey(kind="aws_kms")),
        (PlayedKey(), PlayedKey(id="other")),
    ],
    ids=["not encrypted", "no key", "another kind", "another key"],
)
def test_it_is_opened_only_as_what_it_is(
    made_with: PlayedKey | None, opened_with: PlayedKey | None
) -> None:
    store = MemoryStore()
    Repository.create(store, key=made_with)
    for way in (Repository.open, Repository.create):
        with pytest.raises(BadInput):
            way(store, key=opened_with)


def test_a_wrong_data_key_is_found_before_anything_is_read() -> None:
    class Garbage(PlayedKey):
        def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
            return bytes(32)

    store = MemoryStore()
    Repository.create(store, key=PlayedKey())
    with pytest.raises(Tampered):
        Repository.open(store, key=Garbage())


@pytest.mark.parametrize(
    "change",
    [
        {"id": "0" * 32},
        {"id": "../../elsewhere"},
        {"chunk_size": 10**30},
        {"chunk_size": 0},
        {"chunk_size": True},
        {"version": 2},
        {"encryption": "none"},
        {"encryption": {"algorithm": "ROT13", "key": {"kind": "a", "id": "b"}, "wrapped": ""}},
        {"more": 1},
        {"seal": "0" * 64},
        {"seal": 7},
    ],
    ids=str,
)
def test_a_description_that_was_changed_is_refused(
    change: dict[str, object], key: PlayedKey | None
) -> None:
    store = MemoryStore()
    Repository.create(store, key=key)
    document = json.loads(store.get("repository.json"))
    store.put("repository.json", json.dumps({**document, **change}).encode())
    with pytest.raises((Damaged, BadInput)):  # the latter where a key is bound to the id
        Repository.open(store, key=key)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 5000, b" " * 200_000])
def test_what_is_no_description_is_refused(data: bytes) -> None:
    store = MemoryStore()
    store.put("repository.json", data)
    for way in (Repository.open, Repository.create):
        with pytest.raises(Damaged):
            way(store)
    assert store.get("repository.json") == data


def test_an_encrypted_repository_that_was_swapped_for_one_in_the_clear_takes_nothing() -> None:
    store = MemoryStore()
    Repository.create(store, key=PlayedKey())
    other = MemoryStore()
    Repository.create(other)
    store.put("repository.json", other.get("repository.json"))
    with pytest.raises(BadInput, match="not encrypted"):
        Repository.create(store, key=PlayedKey())


def test_ids_of_an_encrypted_repository_say_nothing_of_content() -> None:
    ids = {Repository.create(MemoryStore(), key=PlayedKey()).chunk_id(DATA) for _ in range(2)}
    assert len(ids) == 2
    assert hashlib.sha256(DATA).hexdigest() not in ids
    assert Repository.create(MemoryStore()).chunk_id(DATA) == hashlib.sha256(DATA).hexdigest()


def test_a_seal_of_an_encrypted_repository_is_nobody_elses() -> None:
    clear = Repository.create(MemoryStore())
    encrypted = Repository.create(MemoryStore(), key=PlayedKey())
    assert clear.seal(DATA) == hashlib.sha256(DATA).hexdigest()
    assert len(encrypted.seal(DATA)) == 64
    assert encrypted.seal(DATA) not in (clear.seal(DATA), encrypted.chunk_id(DATA))


def test_a_checksum_that_is_known_is_not_computed_again(repository: Repository) -> None:
    known = hashlib.sha256(DATA).digest()
    chunk = put_chunk(repository, DATA, sha256=known)
    assert chunk == put_chunk(repository, DATA)
    assert read_content(repository, chunk) == (DATA, known)


def test_a_wrong_checksum_from_a_caller_is_found_when_it_is_read(repository: Repository) -> None:
    chunk = put_chunk(repository, DATA, sha256=bytes(32))
    with pytest.raises(Damaged, match="other content"):
        read_chunk(repository, chunk)


def _absent(store: Store, name: str) -> None:
    store.delete(name)


def _cut(store: Store, name: str) -> None:
    store.put(name, store.get(name)[:-1])


def _grown(store: Store, name: str) -> None:
    store.put(name, store.get(name) + b"x")


def _emptied(store: Store, name: str) -> None:
    store.put(name, b"")


def _flipped(store: Store, name: str) -> None:
    data = bytearray(store.get(name))
    data[len(data) // 2] ^= 1
    store.put(name, bytes(data))


DAMAGE = [_absent, _cut, _grown, _emptied, _flipped]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_content_is_named_and_never_given(
    repository: Repository, damage: Callable[[Store, str], None]
) -> None:
    chunk = put_chunk(repository, DATA)
    id, size = put_segment(repository, DATA)
    segment = Segment(id, size, 1, 0, 0, "a", "a")
    for kind in Kind:
        damage(repository.store, content(kind, id))

    with pytest.raises(Damaged, match=content(Kind.CHUNK, chunk.id)):
        read_chunk(repository, chunk)
    with pytest.raises(Damaged, match=content(Kind.SEGMENT, id)):
        read_segment(repository, segment)


@pytest.mark.parametrize("damage", [_absent, _cut, _grown, _emptied])
def test_what_lies_there_with_another_size_is_not_present(
    repository: Repository, damage: Callable[[Store, str], None]
) -> None:
    chunk = put_chunk(repository, DATA)
    id, size = put_segment(repository, DATA)
    segment = Segment(id, size, 1, 0, 0, "a", "a")
    assert (p := Present.listed(repository)).has(chunk)
    assert p.has_segment(segment)

    for kind in Kind:
        damage(repository.store, content(kind, id))
    present = Present.listed(repository)
    assert not present.has(chunk)
    assert not present.has_segment(segment)

    put_chunk(repository, DATA)
    put_segment(repository, DATA)
    assert read_chunk(repository, chunk) == DATA
    assert read_segment(repository, segment) == DATA


def test_two_chunks_that_changed_places_are_found(repository: Repository) -> None:
    one, other = put_chunk(repository, b"one"), put_chunk(repository, b"two")
    store = repository.store
    first, second = content(Kind.CHUNK, one.id), content(Kind.CHUNK, other.id)
    data = store.get(first)
    store.put(first, store.get(second))
    store.put(second, data)
    for chunk in (one, other):
        with pytest.raises(Damaged):
            read_chunk(repository, chunk)


@pytest.mark.parametrize("size", [0, -1, 10**30])
def test_a_size_that_nobody_stores_is_not_read(repository: Repository, size: int) -> None:
    chunk = put_chunk(repository, DATA)
    with pytest.raises(Damaged, match="a size of"):
        read_chunk(repository, Chunk(chunk.id, size))


@pytest.mark.parametrize("id", ["../../repository.json", "", "A" * 64, "/etc/passwd"])
def test_a_forged_id_opens_nothing(repository: Repository, id: str) -> None:
    with pytest.raises(Damaged, match="names something"):
        read_chunk(repository, Chunk(id, 5))


@pytest.mark.parametrize("size", [0, 1025])
def test_no_chunk_is_empty_or_too_large(size: int) -> None:
    repository = Repository.create(MemoryStore(), chunk_size=1024)
    with pytest.raises(ValueError, match="no chunk"):
        put_chunk(repository, bytes(size))


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, []), (1, [(0, 1)]), (4, [(0, 4)]), (5, [(0, 4), (4, 1)]), (8, [(0, 4), (4, 4)])],
)
def test_an_object_is_cut_into_chunks(size: int, expected: list[tuple[int, int]]) -> None:
    assert list(pieces(size, 4)) == expected


def test_what_is_left_out_is_not_relied_on(repository: Repository) -> None:
    marked, kept = put_chunk(repository, b"marked"), put_chunk(repository, b"kept")
    present = Present.listed(repository, without=[marked.id, "0" * 64])
    assert not present.has(marked)
    assert present.has(kept)
    present.add(put_chunk(repository, b"marked"))
    assert present.has(marked)
    present.remove(kept)
    assert not present.has(kept)


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_among_content_are_left_alone(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    store = new_store(kind)
    repository = Repository.create(store)
    chunk = put_chunk(repository, DATA)
    put_segment(repository, DATA)
    strangers = [
        "chunks/readme.txt",
        f"chunks/{chunk.id[:2]}/.DS_Store",
        f"chunks/{chunk.id[:2]}/{chunk.id}.part",
        f"chunks/ff/{'0' * 64}",
        "chunks/00/deeper/" + "0" * 64,
        f"chunks/zz/{'z' * 64}",
    ]
    for name in strangers:
        store.put(name, b"x")

    present = Present.listed(repository)
    assert (present.chunks, present.segments) == (1, 1)
    assert present.has(chunk)
    assert all(store.head(name) for name in strangers)


def test_an_empty_repository_holds_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "not there yet")
    present = Present.listed(Repository.create(store))
    assert (present.chunks, present.segments) == (0, 0)


def test_many_threads_store_and_read_at_once(key: PlayedKey | None) -> None:
    repository = Repository.create(MemoryStore(), key=key)
    present = Present.listed(repository)
    contents = [bytes([number % 40]) * 4000 for number in range(160)]

    def saved(data: bytes) -> bytes:
        chunk = put_chunk(repository, data)
        present.add(chunk)
        return read_chunk(repository, chunk) if present.has(chunk) else b""

    with ThreadPoolExecutor(8) as several:
        assert list(several.map(saved, contents)) == contents
    assert present.chunks == 40
