"""The ledger and the manifests of a repository, on every kind of store."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from reconcile.errors import AlreadyExists, BadInput, Damaged, NotFound, Tampered, Transient
from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import LedgerAction, LedgerLine, Manifest
from reconcile.repository import layout, manifests
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.snapshots.manifest import digest_of
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import Store
from tests.contract.repositories import NOON, Clock, PlayedKey, Unkind

KINDS = ["memory", "local", "s3", "az"]


def _made(store: Store | None = None, *, key: PlayedKey | None = None) -> Repository:
    return Repository.create(MemoryStore() if store is None else store, key=key, now=Clock())


def _append(ledger: Ledger, by: str) -> LedgerLine:
    return ledger.append(
        LedgerAction.HOLD, dataset="flights", snapshot="s", by=by, details={"reason": "closing"}
    )


def _people(ledger: Ledger) -> list[str]:
    return [line.by for line in ledger.lines()]


def _manifest(repository: Repository, id: str = "s-1", dataset: str = "flights") -> Manifest:
    return Manifest(
        id=id,
        dataset=dataset,
        repository=repository.id,
        side=Side.TARGET,
        location="s3://globalair/flights",
        started_at=NOON,
        taken_at=NOON,
        segments=(),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [None, PlayedKey()], ids=["clear", "encrypted"])
def test_lines_are_read_as_they_were_appended(
    kind: str, key: PlayedKey | None, new_store: Callable[[str], Store]
) -> None:
    repository = _made(new_store(kind), key=key)
    ledger = Ledger(repository)
    assert ledger.last() is None
    assert ledger.lines() == ()

    written = tuple(_append(ledger, by) for by in ("ann", "bob", "cleo"))

    assert [line.sequence for line in written] == [1, 2, 3]
    assert written[0].details == {"reason": "closing"}
    assert ledger.lines() == written
    assert Ledger(repository).lines() == written
    assert Ledger(repository).last() == written[-1]
    assert Ledger(repository).inspected() == (written, ())


@pytest.mark.parametrize("kind", ["memory", "local", "az"])
def test_of_many_who_append_at_once_each_has_a_line(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    repository = _made(new_store(kind))
    shared, together = Ledger(repository), threading.Barrier(6)

    def append(number: int) -> None:
        together.wait()
        ledger = shared if number % 2 else Ledger(repository)
        _append(ledger, f"{number}-a")
        _append(ledger, f"{number}-b")

    with ThreadPoolExecutor(6) as several:
        list(several.map(append, range(6)))

    lines, problems = Ledger(repository).inspected()
    assert problems == ()
    assert sorted(line.by for line in lines) == sorted(f"{n}-{x}" for n in range(6) for x in "ab")


@pytest.mark.parametrize("times", [1, 2])
def test_a_line_whose_answer_was_lost_is_there_once(times: int) -> None:
    store = Unkind(answers_lost=[layout.line(1)], requests_lost=[layout.line(1)] * (times - 1))
    ledger = Ledger(_made(store))
    assert _append(ledger, "ann").sequence == 1
    assert _append(ledger, "bob").sequence == 2
    assert _people(ledger) == ["ann", "bob"]


def test_a_line_that_did_not_arrive_is_sent_again() -> None:
    ledger = Ledger(_made(Unkind(requests_lost=[layout.line(1)] * 2)))
    _append(ledger, "ann")
    assert _people(ledger) == ["ann"]


def test_a_line_that_never_arrives_is_no_line() -> None:
    ledger = Ledger(_made(Unkind(requests_lost=[layout.line(1)] * 9)))
    with pytest.raises(Transient):
        _append(ledger, "ann")
    assert ledger.lines() == ()


def test_a_line_that_arrived_without_an_answer_behind_another_takes_the_next_number() -> None:
    store = Unkind(requests_lost=[layout.line(1)])
    repository = _made(store)

    def overtake(name: str) -> None:
        if name == layout.line(1):
            store.before = lambda _name: None
            lost = store.requests_lost[:]
            store.requests_lost.clear()
            _append(Ledger(repository), "bob")
            store.requests_lost += lost

    store.before = overtake
    ledger = Ledger(repository)
    _append(ledger, "ann")
    assert _people(ledger) == ["bob", "ann"]


def test_who_was_overtaken_takes_the_next_number() -> None:
    store = Unkind()
    repository = _made(store)
    left = ["bob", "cleo"]

    def overtake(name: str) -> None:
        if name.startswith(layout.LEDGER) and left:
            by, before = left.pop(0), store.before
            store.before = lambda _name: None
            _append(Ledger(repository), by)
            store.before = before

    store.before = overtake
    ledger = Ledger(repository)
    assert _append(ledger, "ann").sequence == 3
    assert _people(ledger) == ["bob", "cleo", "ann"]


def test_what_others_append_is_seen() -> None:
    repository = _made()
    one, other = Ledger(repository), Ledger(repository)
    _append(one, "ann")
    assert _people(other) == ["ann"]
    _append(other, "bob")
    assert _people(one) == ["ann", "bob"]


def test_appending_reads_no_more_than_the_end() -> None:
    class Counting(MemoryStore):
        gets = 0

        def get(self, name: str, **range: object) -> bytes:  # type: ignore[override]
            self.gets += 1
            return super().get(name, **range)  # type: ignore[arg-type]

    store = Counting()
    repository = _made(store)
    for number in range(20):
        _append(Ledger(repository), str(number))
    store.gets = 0
    _append(Ledger(repository), "ann")
    assert store.gets == 2


def _edit(store: Store) -> None:
    document = json.loads(store.get(layout.line(2)))
    document["by"] = "somebody else"
    store.put(layout.line(2), json.dumps(document).encode())


def _swap(store: Store) -> None:
    first, second = store.get(layout.line(1)), store.get(layout.line(2))
    store.put(layout.line(1), second)
    store.put(layout.line(2), first)


def _take_out(store: Store) -> None:
    store.delete(layout.line(2))


def _behead(store: Store) -> None:
    store.delete(layout.line(1))


def _empty(store: Store) -> None:
    store.put(layout.line(2), b"")


def _far(store: Store) -> None:
    store.put(layout.line(99_999_999), store.get(layout.line(3)))


def _repeat(store: Store) -> None:
    store.put(layout.line(4), store.get(layout.line(3)))


def _fork(store: Store) -> None:
    other = Repository.open(store, now=Clock())
    kept = store.get(layout.line(3))
    store.delete(layout.line(3))
    store.delete(layout.line(2))
    _append(Ledger(other), "mallory")
    store.put(layout.line(3), kept)


ATTACKS = [_edit, _swap, _take_out, _behead, _empty, _far, _repeat, _fork]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_ledger_that_was_tampered_with_is_not_read_as_if_it_were_whole(
    attack: Callable[[Store], None],
) -> None:
    store = MemoryStore()
    repository = _made(store)
    for by in ("ann", "bob", "cleo"):
        _append(Ledger(repository), by)
    attack(store)

    with pytest.raises(Tampered):
        Ledger(repository).lines()
    _lines, problems = Ledger(repository).inspected()
    assert problems


@pytest.mark.parametrize("attack", [_take_out, _behead, _far, _repeat, _edit, _fork])
def test_a_ledger_that_was_tampered_with_at_its_end_is_not_continued(
    attack: Callable[[Store], None],
) -> None:
    store = MemoryStore()
    repository = _made(store)
    for by in ("ann", "bob", "cleo"):
        _append(Ledger(repository), by)
    attack(store)
    before = [info.name for info in store.list(layout.LEDGER)]

    with pytest.raises(Tampered):
        _append(Ledger(repository), "dora")
    assert [info.name for info in store.list(layout.LEDGER)] == before


def test_a_ledger_that_was_cut_is_found_by_whoever_saw_more() -> None:
    store = MemoryStore()
    repository = _made(store)
    ledger = Ledger(repository)
    lines = [_append(ledger, by) for by in ("ann", "bob")]
    store.delete(layout.line(2))

    with pytest.raises(Tampered, match="line 2 was there"):
        ledger.lines()
    with pytest.raises(Tampered):
        _append(ledger, "cleo")
    mirror = [(line.sequence, line.digest) for line in lines]
    read, problems = Ledger(repository).inspected(mirror=mirror)
    assert [line.by for line in read] == ["ann"]
    assert len(problems) == 1


def test_without_the_key_nobody_writes_a_line_that_is_believed() -> None:
    store = MemoryStore()
    repository = _made(store, key=PlayedKey())
    forged = MemoryStore()
    _append(Ledger(_made(forged)), "mallory")
    store.put(layout.line(1), forged.get(layout.line(1)))
    with pytest.raises(Tampered):
        Ledger(repository).lines()


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_in_the_ledger_are_left_alone(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    store = new_store(kind)
    ledger = Ledger(_made(store))
    _append(ledger, "ann")
    strangers = ["readme.txt", "1.json", "00000001.json.bak", "deeper/00000002.json", "x y.json"]
    for name in strangers:
        store.put(f"{layout.LEDGER}{name}", b"x")
    _append(ledger, "bob")
    assert _people(ledger) == ["ann", "bob"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [None, PlayedKey()], ids=["clear", "encrypted"])
def test_a_manifest_is_written_once_and_read_again(
    kind: str, key: PlayedKey | None, new_store: Callable[[str], Store]
) -> None:
    repository = _made(new_store(kind), key=key)
    manifest = _manifest(repository)

    assert manifests.write(repository, manifest) == digest_of(manifest)
    assert manifests.write(repository, manifest) == digest_of(manifest)
    with pytest.raises(AlreadyExists, match="another snapshot s-1 of flights"):
        manifests.write(repository, replace(manifest, new_bytes=1))

    assert manifests.read(repository, "flights", "s-1") == manifest
    assert manifests.digest(repository, "flights", "s-1") == digest_of(manifest)
    manifests.remove(repository, "flights", "s-1")
    manifests.remove(repository, "flights", "s-1")
    with pytest.raises(NotFound, match="reconcile snapshot list flights"):
        manifests.read(repository, "flights", "s-1")


@pytest.mark.parametrize("tag", ["x" * 5000, "no text: \udcff"])
def test_a_manifest_that_nobody_could_read_again_is_not_written(tag: str) -> None:
    repository = _made()
    with pytest.raises(BadInput, match="s-1 of flights cannot be written down"):
        manifests.write(repository, replace(_manifest(repository), tags=(tag,)))
    assert manifests.ids(repository, "flights") == ()


def test_a_manifest_whose_answer_was_lost_is_there() -> None:
    name = layout.manifest("flights", "s-1")
    repository = _made(Unkind(answers_lost=[name]))
    manifest = _manifest(repository)
    assert manifests.write(repository, manifest) == digest_of(manifest)
    assert manifests.read(repository, "flights", "s-1") == manifest


def test_a_manifest_that_did_not_arrive_at_first_is_sent_again() -> None:
    repository = _made(Unkind(requests_lost=[layout.manifest("flights", "s-1")]))
    manifests.write(repository, _manifest(repository))
    assert manifests.ids(repository, "flights") == ("s-1",)


def test_a_manifest_that_did_not_arrive_is_not_there() -> None:
    repository = _made(Unkind(requests_lost=[layout.manifest("flights", "s-1")] * 3))
    with pytest.raises(Transient):
        manifests.write(repository, _manifest(repository))
    assert manifests.ids(repository, "flights") == ()


def test_a_large_manifest_is_taken_apart_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen hostile ones at once would take gigabytes."""
    repository = _made()
    alone = []

    def taken_apart(_data: bytes, **_more: object) -> Manifest:
        alone.append(manifests.ALONE.locked())
        return _manifest(repository)

    monkeypatch.setattr(manifests, "from_bytes", taken_apart)
    for size in (5 * 1024**2, 1024):
        repository.store.put(layout.manifest("flights", "s-1"), b" " * size)
        manifests.read(repository, "flights", "s-1")
    assert alone == [True, False]


def test_a_manifest_of_another_snapshot_or_dataset_is_refused() -> None:
    repository = _made()
    manifests.write(repository, _manifest(repository))
    data = repository.store.get(layout.manifest("flights", "s-1"))
    for dataset, id in (("flights", "s-2"), ("weather", "s-1")):
        repository.store.put(layout.manifest(dataset, id), data)
        with pytest.raises(Tampered):
            manifests.read(repository, dataset, id)


@pytest.mark.parametrize("id", ["../../etc/passwd", "", ".hidden", "a/b", "a" * 200])
def test_a_hostile_id_of_a_snapshot_opens_nothing(id: str) -> None:
    repository = _made()
    for way in (manifests.read, manifests.remove):
        with pytest.raises(BadInput):
            way(repository, "flights", id)
        with pytest.raises((BadInput, Damaged)):
            way(repository, id, "s-1")


@pytest.mark.parametrize("kind", KINDS)
def test_manifests_are_listed_without_strangers(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    store = new_store(kind)
    repository = _made(store)
    for dataset, id in (("weather", "s-1"), ("flights", "s-2"), ("flights", "s-1")):
        manifests.write(repository, _manifest(repository, id, dataset))
    for name in ("readme.txt", "flights/.json", "flights/a b.json", "flights/s-1.json.bak"):
        store.put(f"{layout.SNAPSHOTS}{name}", b"x")
    store.put(f"{layout.SNAPSHOTS}flights/deeper/s-3.json", b"x")
    store.put(f"{layout.SNAPSHOTS}flights2/s-4.json", b"x")

    assert manifests.ids(repository, "flights") == ("s-1", "s-2")
    assert manifests.ids(repository, "absent") == ()
    assert manifests.everything(repository) == (
        ("flights", "s-1"),
        ("flights", "s-2"),
        ("flights2", "s-4"),
        ("weather", "s-1"),
    )
