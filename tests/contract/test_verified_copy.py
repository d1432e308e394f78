"""Copies from every kind of store to every other: proven, resumed, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest

from reconcile.errors import AccessDenied, AlreadyExists, BadInput, Changed, Transient
from reconcile.model.ledger import Equality
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part, Unfinished
from reconcile.stores import verified_copy
from reconcile.stores.checksum import checksum_of
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import CannotFetch, Store, Upload
from reconcile.stores.verified_copy import NO_JOURNAL, Copier, Way

PART = 1000
KINDS = ("local", "s3", "az")
DIRECTIONS = [f"{origin}-{destination}" for origin, destination in product(KINDS, KINDS)]


def content(size: int) -> bytes:
    return bytes(index * 31 % 253 for index in range(size))


def crc(data: bytes) -> str:
    return checksum_of(data, algorithm="crc64nvme")


def listed(store: Store, name: str) -> ObjectInfo:
    return next(info for info in store.list() if info.name == name)


@dataclass
class DictJournal:
    kept: dict[tuple[str, str], Unfinished] = field(default_factory=dict)

    def find(self, address: str, name: str) -> Unfinished | None:
        return self.kept.get((address, name))

    def keep(self, unfinished: Unfinished) -> None:
        self.kept[unfinished.address, unfinished.name] = unfinished

    def forget(self, address: str, name: str) -> None:
        self.kept.pop((address, name), None)


class Around:
    """A store with something of its own before the verbs of another."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.store, verb)


class Killed(BaseException):
    """The process ends here."""


class EndsAfter(Around):
    """A destination that takes so many parts, counts them, and then the process ends."""

    def __init__(self, store: Store, parts: int | None = None) -> None:
        super().__init__(store)
        self.parts = parts
        self.sent: list[int] = []

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        upload = self.store.upload(name, id=id)
        put_part = upload.put_part

        def counted(number: int, data: bytes, *, crc64nvme: str) -> None:
            if self.parts is not None and len(self.sent) >= self.parts:
                raise Killed
            put_part(number, data, crc64nvme=crc64nvme)
            self.sent.append(number)

        upload.put_part = counted  # type: ignore[method-assign]
        return upload


class Reads(Around):
    """An origin that counts how often its bytes are asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reads = 0

    def get(self, *arguments: Any, **options: Any) -> bytes:
        self.reads += 1
        return self.store.get(*arguments, **options)

    def get_whole(self, pinned: ObjectInfo) -> Any:
        self.reads += 1
        return self.store.get_whole(pinned)


def copier(origin: Any, destination: Any, **options: Any) -> Copier:
    given = {"journal": NO_JOURNAL, "part_size": PART, "server_side": False, **options}
    return Copier(origin, destination, **given)


@pytest.fixture(params=DIRECTIONS)
def stores(
    request: pytest.FixtureRequest, new_store: Callable[[str], Store]
) -> tuple[Store, Store]:
    origin, _, destination = request.param.partition("-")
    return new_store(origin), new_store(destination)


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as executor:
        yield executor


SIZES = [0, 1, PART - 1, PART, PART + 1, 7 * PART, 7 * PART + 13]


def test_objects_of_every_size_arrive_and_are_proven(
    stores: tuple[Store, Store], workers: ThreadPoolExecutor
) -> None:
    origin, destination = stores
    arrived: list[int] = []
    copies = copier(
        origin, destination, workers=workers, journal=DictJournal(), on_bytes=arrived.append
    )
    for size in SIZES:
        data = content(size)
        origin.put(f"from/{size}", data)
        copied = copies.copy(listed(origin, f"from/{size}"), f"to/{size}")
        assert (copied.equality, copied.way) == (Equality.PROVEN, Way.STREAMED)
        assert copied.algorithm == "crc64nvme"
        assert copied.origin_value == copied.destination_value == crc(data)
        assert copied.end == data[len(data) - len(copied.end) :]
        assert copied.end or not data
        there = listed(destination, f"to/{size}")
        assert copied.destination.etag == there.etag
        assert destination.get(f"to/{size}") == data
    assert sum(arrived) == sum(SIZES)


def test_what_is_there_is_not_overwritten(stores: tuple[Store, Store]) -> None:
    origin, destination = stores
    for size in (PART, 3 * PART):
        destination.put("x", b"there")
        origin.put("x", content(size))
        with pytest.raises(AlreadyExists):
            copier(origin, destination).copy(listed(origin, "x"), "x")
        assert destination.get("x") == b"there"
        destination.delete("x")


def test_what_is_to_be_replaced_is(stores: tuple[Store, Store]) -> None:
    origin, destination = stores
    for size in (PART, 3 * PART):
        there = destination.put("x", b"there")
        origin.put("x", content(size))
        copier(origin, destination).copy(listed(origin, "x"), "x", replaces=there.etag)
        assert destination.get("x") == content(size)


def test_an_origin_that_was_replaced_before_is_not_copied(stores: tuple[Store, Store]) -> None:
    origin, destination = stores
    for size in (PART, 3 * PART):
        origin.put("x", content(size))
        pinned = listed(origin, "x")
        origin.put("x", content(size)[::-1])
        with pytest.raises(Changed):
            copier(origin, destination).copy(pinned, "x")
        origin.delete("x")
        with pytest.raises(Changed):
            copier(origin, destination).copy(pinned, "x")
        assert list(destination.list()) == []


class ReplacedOnTheWay(Around):
    """An origin whose object is another one after the first range, of those it is asked for."""

    def streamed(self, *_arguments: Any, **_options: Any) -> None:
        return None

    def get(self, name: str, **options: Any) -> bytes:
        data = self.store.get(name, **options)
        self.store.put(name, content(4 * PART)[::-1])
        return data


def test_an_origin_that_is_replaced_between_two_ranges_tears_nothing(
    stores: tuple[Store, Store],
) -> None:
    origin, destination = stores
    origin.put("x", content(4 * PART))
    journal = DictJournal()
    with pytest.raises(Changed):
        copier(ReplacedOnTheWay(origin), destination, journal=journal).copy(
            listed(origin, "x"), "x"
        )
    assert list(destination.list()) == []
    assert journal.kept == {}
    if not destination.root.startswith("az"):  # there blocks go by themselves
        assert list(destination.uploads_of("x")) == []


class TestGoingOn:
    @pytest.fixture(params=KINDS)
    def destination(
        self, request: pytest.FixtureRequest, new_store: Callable[[str], Store]
    ) -> Store:
        return new_store(request.param)

    @pytest.fixture
    def origin(self) -> Store:
        store = MemoryStore()
        store.put("x", content(6 * PART + 5))
        return store

    def killed(self, origin: Store, destination: Store, journal: DictJournal, parts: int) -> None:
        with pytest.raises(Killed):
            copier(origin, EndsAfter(destination, parts), journal=journal).copy(
                origin.head("x"), "x"
            )
        assert list(destination.list()) == []

    def test_only_the_rest_is_sent(self, origin: Store, destination: Store) -> None:
        journal = DictJournal()
        self.killed(origin, destination, journal, 4)
        second, reads = EndsAfter(destination), Reads(origin)
        arrived: list[int] = []
        copied = copier(reads, second, journal=journal, on_bytes=arrived.append).copy(
            origin.head("x"), "x"
        )
        assert second.sent == [4, 5, 6]
        assert reads.reads == 3
        assert sum(arrived) == 6 * PART + 5
        assert copied.equality is Equality.PROVEN
        assert destination.get("x") == content(6 * PART + 5)
        assert journal.kept == {}
        assert list(destination.uploads_of("x")) == []

    def test_what_arrived_before_it_could_be_written_down_is_not_sent_again(
        self, origin: Store, destination: Store
    ) -> None:
        journal = DictJournal()
        self.killed(origin, destination, journal, 4)
        kept = dict(journal.kept)
        copier(origin, destination, journal=journal).copy(origin.head("x"), "x")
        journal.kept.update(kept)
        second = EndsAfter(destination)
        copied = copier(origin, second, journal=journal).copy(origin.head("x"), "x")
        assert (copied.equality, copied.way, second.sent) == (Equality.PROVEN, Way.READ, [])
        assert journal.kept == {}
        assert list(destination.uploads_of("x")) == []

    def test_parts_are_not_sent_in_vain(self, origin: Store, destination: Store) -> None:
        destination.put("x", b"there")
        second = EndsAfter(destination)
        with pytest.raises(AlreadyExists):
            copier(origin, second).copy(origin.head("x"), "x")
        with pytest.raises(Changed):
            copier(origin, second).copy(origin.head("x"), "x", replaces="another")
        assert second.sent == []

    def test_another_object_is_begun_anew(self, origin: Store, destination: Store) -> None:
        journal = DictJournal()
        self.killed(origin, destination, journal, 4)
        origin.put("x", content(6 * PART + 5)[::-1])
        second = EndsAfter(destination)
        copier(origin, second, journal=journal).copy(origin.head("x"), "x")
        assert second.sent == list(range(7))
        assert destination.get("x") == content(6 * PART + 5)[::-1]
        assert list(destination.uploads_of("x")) == []

    def test_an_upload_that_was_begun_and_not_written_down_is_found_again(
        self, origin: Store, destination: Store
    ) -> None:
        others = destination.upload("x")
        others.put_part(0, b"1", crc64nvme=crc(b"1"))
        journal = DictJournal()
        self.killed(origin, destination, journal, 4)
        ((key, kept),) = journal.kept.items()
        journal.kept[key] = replace(kept, upload=None, parts={})
        with pytest.raises(Killed):
            copier(origin, EndsAfter(destination, 0), journal=journal).copy(origin.head("x"), "x")
        assert others.id in destination.uploads_of("x")
        if not destination.root.startswith("az"):
            assert kept.upload not in destination.uploads_of("x")

    def test_uploads_whose_ids_were_lost_are_given_up(
        self, origin: Store, destination: Store
    ) -> None:
        class LosesIds(EndsAfter):
            tries = 0

            def upload(self, name: str, *, id: str | None = None) -> Upload:
                upload = super().upload(name, id=id)
                self.tries += id is None
                if id is None and self.tries < 3:
                    raise Transient("the answer is lost")
                return upload

        others = destination.upload("x")
        others.put_part(0, b"1", crc64nvme=crc(b"1"))
        copied = copier(origin, LosesIds(destination), journal=DictJournal()).copy(
            origin.head("x"), "x"
        )
        assert copied.equality is Equality.PROVEN
        if not destination.root.startswith("az"):  # there a commit drops all other blocks
            assert list(destination.uploads_of("x")) == [others.id]

    def test_an_upload_that_is_gone_is_begun_anew(self, origin: Store, destination: Store) -> None:
        journal = DictJournal()
        self.killed(origin, destination, journal, 4)
        (kept,) = journal.kept.values()
        destination.upload("x", id=kept.upload).abort()
        copier(origin, destination, journal=journal).copy(origin.head("x"), "x")
        assert destination.get("x") == content(6 * PART + 5)

    def test_what_is_left_can_be_cleaned_up(self, origin: Store, destination: Store) -> None:
        journal = DictJournal()
        self.killed(origin, destination, journal, 2)
        (kept,) = journal.kept.values()
        copier(origin, destination, journal=journal).clean_up(kept)
        assert journal.kept == {}
        if not destination.root.startswith("az"):
            assert list(destination.uploads_of("x")) == []


def test_parts_are_never_too_many(
    monkeypatch: pytest.MonkeyPatch, new_store: Callable[[str], Store]
) -> None:
    monkeypatch.setattr(verified_copy, "MOST_PARTS", 3)
    origin = MemoryStore()
    origin.put("x", content(10 * PART))
    for kind in KINDS:
        destination = EndsAfter(new_store(kind))
        copied = copier(origin, destination).copy(origin.head("x"), "x")
        assert destination.sent == [0, 1, 2]
        assert copied.equality is Equality.PROVEN
        assert destination.get("x") == content(10 * PART)


NAMES = {
    "composed": "d/\u00e9",
    "decomposed": "d/e\u0301",
    "space": "d/a b ",
    "percent": "d/100%",
    "escaped": "d/a%2Fb",
    "plus": "d/a+b",
    "newline": "d/a\nb",
    "upper case": "d/CASE",
    "lower case": "d/case",
    "emoji": "d/\U0001f600",
    "question": "d/a?b#c&d='\"",
    "1,024 bytes": "d/" + "n" * 200 + "/" + "\u00e9" * 100 + "/" + "m" * 200 + "/" + "o" * 420,
    "leading slash": "/d",
    "double slash": "d//e",
    "dot": "d/./e",
    "dots": "d/../e",
    "trailing slash": "d/f/",
    "trailing dot": "d/g.",
    "backslash": "d\\e",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [3, PART + 1], ids=["whole", "in parts"])
def test_names_are_carried_or_refused_but_never_mangled(
    kind: str, size: int, new_store: Callable[[str], Store]
) -> None:
    origin, destination = MemoryStore(), new_store(kind)
    carried: dict[str, bytes] = {}
    for number, name in enumerate(NAMES.values()):
        data = content(size)[:-1] + bytes([number])
        origin.put(name, data)
        with suppress(BadInput):
            copier(origin, destination).copy(origin.head(name), name)
            carried[name] = data
    there = [info.name for info in destination.list()]
    assert sorted(there) == sorted(carried)
    assert {name: destination.get(name) for name in there} == carried
    assert len(carried) >= 10


class Fetching(Around):
    """A destination whose service fetches by itself, as far as it will."""

    def __init__(self, store: Store, origin: Store, *, refuses_at: int | None = None) -> None:
        super().__init__(store)
        self.origin, self.refuses_at = origin, refuses_at
        self.fetched: list[int] = []
        self.refused = 0
        self.flipped = False

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        upload = self.store.upload(name, id=id)

        def fetch(number: int, url: str, *, start: int, length: int, etag: str) -> Part:
            if number == self.refuses_at:
                self.refused += 1
                raise CannotFetch("CannotVerifyCopySource")
            data = self.origin.get(url, start=start, length=length, if_match=etag)
            data = bytes(len(data)) if self.flipped else data
            upload.put_part(number, data, crc64nvme=crc(data))
            self.fetched.append(number)
            return Part(length, crc(data))

        upload.put_part_from = fetch  # type: ignore[method-assign]
        return upload


class Signing(Around):
    """An origin whose address of an object is its name, padded."""

    length = 0

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str:
        return pinned.name.ljust(self.length, "/")


class TestServerSide:
    @pytest.fixture
    def origin(self) -> Signing:
        store = MemoryStore()
        for name in ("x", "y"):
            store.put(name, content(4 * PART))
        return Signing(store)

    def test_large_objects_do_not_pass_through_here(self, origin: Signing) -> None:
        reads = Reads(origin)
        destination = Fetching(MemoryStore(), origin.store)
        copied = copier(reads, destination, server_side=True).copy(origin.head("x"), "x")
        assert (copied.way, copied.equality, copied.end) == (Way.SERVER_SIDE, Equality.PROVEN, b"")
        assert (destination.fetched, reads.reads) == ([0, 1, 2, 3], 0)
        assert destination.get("x") == content(4 * PART)

    def test_it_is_streamed_where_the_service_will_not_and_not_asked_again(
        self, origin: Signing
    ) -> None:
        destination = Fetching(MemoryStore(), origin.store, refuses_at=2)
        copies = copier(origin, destination, server_side=True)
        for name in ("x", "y"):
            copied = copies.copy(origin.head(name), name)
            assert (copied.way, copied.equality) == (Way.STREAMED, Equality.PROVEN)
            assert destination.get(name) == content(4 * PART)
        assert (destination.fetched, destination.refused) == ([0, 1], 1)

    def test_an_address_that_is_too_long_is_not_given(self, origin: Signing) -> None:
        origin.length = 2049
        destination = Fetching(MemoryStore(), origin.store)
        copied = copier(origin, destination, server_side=True).copy(origin.head("x"), "x")
        assert (copied.way, destination.fetched) == (Way.STREAMED, [])

    def test_other_bytes_are_never_committed(self, origin: Signing) -> None:
        destination = Fetching(MemoryStore(), origin.store)
        destination.flipped = True
        with pytest.raises(Changed, match="other bytes than the store vouches for"):
            copier(origin, destination, server_side=True).copy(origin.head("x"), "x")
        assert list(destination.list()) == []
        assert list(destination.uploads_of("x")) == []


class AnswersLost(Around):
    """A destination that does its work, and whose answer is an error."""

    def __init__(self, store: Store, error: Exception) -> None:
        super().__init__(store)
        self.error = error

    def put(self, *arguments: Any, **options: Any) -> ObjectInfo:
        self.store.put(*arguments, **options)
        raise self.error

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        upload = self.store.upload(name, id=id)
        commit = upload.commit

        def lost(*arguments: Any, **options: Any) -> ObjectInfo:
            commit(*arguments, **options)
            raise self.error

        upload.commit = lost  # type: ignore[method-assign]
        return upload


@pytest.mark.parametrize("size", [PART, 3 * PART], ids=["whole", "in parts"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "error",
    [Transient("500"), AlreadyExists("409"), Changed("412")],
    ids=lambda e: type(e).__name__,
)
class TestLostAnswers:
    def test_a_copy_that_arrived_is_done(
        self, size: int, kind: str, error: Exception, new_store: Callable[[str], Store]
    ) -> None:
        origin, destination, journal = MemoryStore(), new_store(kind), DictJournal()
        origin.put("x", content(size))
        copied = copier(origin, AnswersLost(destination, error), journal=journal).copy(
            origin.head("x"), "x"
        )
        assert copied.equality is Equality.PROVEN
        assert destination.get("x") == content(size)
        assert journal.kept == {}

    def test_what_somebody_else_wrote_is_not_taken_for_it(
        self, size: int, kind: str, error: Exception, new_store: Callable[[str], Store]
    ) -> None:
        origin, destination = MemoryStore(), new_store(kind)
        origin.put("x", content(size))

        class Refusing(AnswersLost):
            def put(self, *arguments: Any, **options: Any) -> ObjectInfo:
                destination.put("x", content(size)[::-1])
                raise self.error

            def upload(self, name: str, *, id: str | None = None) -> Upload:
                upload = self.store.upload(name, id=id)

                def refused(*arguments: Any, **options: Any) -> ObjectInfo:
                    destination.put("x", content(size)[::-1])
                    raise self.error

                upload.commit = refused  # type: ignore[method-assign]
                return upload

        with pytest.raises(type(error)):
            copier(origin, Refusing(destination, error)).copy(origin.head("x"), "x")


class Silent(Around):
    """A store that vouches for nothing."""

    def head(self, name: str) -> ObjectInfo:
        return replace(self.store.head(name), checksums={})

    def put(self, *arguments: Any, **options: Any) -> ObjectInfo:
        return replace(self.store.put(*arguments, **options), checksums={})


class TestProving:
    def test_objects_of_different_sizes_differ_without_a_look(
        self, stores: tuple[Store, Store]
    ) -> None:
        origin, destination = Reads(stores[0]), Reads(stores[1])
        origin.put("x", b"12")
        destination.put("x", b"123")
        proof = copier(origin, destination).prove(listed(stores[0], "x"), listed(stores[1], "x"))
        assert proof.equality is Equality.DIFFERENT
        assert origin.reads + destination.reads == 0

    @pytest.mark.parametrize("size", [PART, 3 * PART + 1])
    def test_equal_bytes_are_proven_and_others_are_not(
        self, stores: tuple[Store, Store], size: int, workers: ThreadPoolExecutor
    ) -> None:
        origin, destination = stores
        data = content(size)
        origin.put("x", data)
        for there, expected in ((data, Equality.PROVEN), (data[::-1], Equality.DIFFERENT)):
            destination.put("y", there)
            proof = copier(origin, destination, workers=workers).prove(
                listed(origin, "x"), listed(destination, "y")
            )
            assert (proof.equality, proof.way) == (expected, Way.READ)
            assert proof.algorithm == "crc64nvme"

    def test_what_both_vouch_for_is_not_read(self, new_store: Callable[[str], Store]) -> None:
        origin, destination = Reads(new_store("s3")), Reads(new_store("s3"))
        for store in (origin, destination):
            store.put("x", content(PART))
        proof = copier(origin, destination).prove(listed(origin, "x"), listed(destination, "x"))
        assert proof.equality is Equality.PROVEN
        assert origin.reads + destination.reads == 0

    def test_a_copy_to_what_vouches_for_nothing_is_unproven_until_it_is_read(self) -> None:
        origin, destination = MemoryStore(), Reads(Silent(MemoryStore()))  # type: ignore[arg-type]
        origin.put("x", content(PART))
        copies = copier(origin, destination)
        copied = copies.copy(origin.head("x"), "x")
        assert copied.equality is Equality.UNPROVEN
        assert copies.prove(copied.origin, copied.destination).equality is Equality.PROVEN
        assert destination.reads == 1

    @pytest.mark.parametrize(
        "error", [AccessDenied("x is refused"), BadInput("x is archived")], ids=str
    )
    def test_what_cannot_be_read_is_unproven(self, error: Exception) -> None:
        class Unreadable(Silent):
            def get_whole(self, pinned: ObjectInfo) -> Any:
                raise error

        origin, destination = MemoryStore(), Unreadable(MemoryStore())
        origin.put("x", b"1")
        destination.put("x", b"1")
        proof = copier(origin, destination).prove(origin.head("x"), destination.head("x"))
        assert proof.equality is Equality.UNPROVEN

    def test_what_was_replaced_proves_nothing(self, stores: tuple[Store, Store]) -> None:
        origin, destination = stores
        origin.put("x", b"1")
        destination.put("x", b"1")
        pinned = listed(origin, "x")
        origin.put("x", b"2")
        with pytest.raises(Changed):
            copier(origin, destination).prove(pinned, listed(destination, "x"))


class TestOtherChecksums:
    """Origins that vouch for other algorithms than the one that parts can be put together by."""

    def origin(self, data: bytes, **checksums: str) -> Any:
        class Vouching(MemoryStore):
            def head(self, name: str) -> ObjectInfo:
                return replace(super().head(name), checksums=checksums)

        store = Vouching()
        store.put("x", data)
        return store

    def test_they_are_computed_over_the_whole_also_when_it_is_gone_on_with(self) -> None:
        data = content(4 * PART)
        origin = self.origin(data, sha256=checksum_of(data, algorithm="sha256"))
        destination, journal = MemoryStore(), DictJournal()
        with pytest.raises(Killed):
            copier(origin, EndsAfter(destination, 2), journal=journal).copy(origin.head("x"), "x")
        second = EndsAfter(destination)
        copied = copier(origin, second, journal=journal).copy(origin.head("x"), "x")
        assert second.sent == [2, 3]
        assert copied.equality is Equality.PROVEN

    def test_one_that_disagrees_stops_the_copy(self) -> None:
        origin = self.origin(content(4 * PART), sha256="AAAA")
        destination = MemoryStore()
        with pytest.raises(Changed, match="vouches for"):
            copier(origin, destination).copy(origin.head("x"), "x")
        assert list(destination.list()) == []
        assert list(destination.uploads_of("x")) == []


def test_workers_bound_the_parts_in_memory(workers: ThreadPoolExecutor) -> None:
    class Held(Around):
        alive = most = 0

        def get(self, *arguments: Any, **options: Any) -> bytes:
            Held.alive += 1
            Held.most = max(Held.most, Held.alive)
            return self.store.get(*arguments, **options)

        def upload(self, name: str, *, id: str | None = None) -> Upload:
            upload = self.store.upload(name, id=id)
            put_part = upload.put_part

            def put(number: int, data: bytes, *, crc64nvme: str) -> None:
                put_part(number, data, crc64nvme=crc64nvme)
                Held.alive -= 1

            upload.put_part = put  # type: ignore[method-assign]
            return upload

    origin = MemoryStore()
    origin.put("x", content(200 * PART))
    store = Held(origin)
    copier(store, store, workers=workers).copy(origin.head("x"), "y")
    assert origin.get("y") == content(200 * PART)
    assert Held.most <= 3
