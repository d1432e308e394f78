"""Who is at work in a repository, and what is marked to be swept, on every kind of store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile.errors import AccessDenied, Damaged, Incomplete, Transient
from reconcile.model.snapshot import LedgerAction
from reconcile.repository import layout, listing, marks, running_entry
from reconcile.repository.chunks import put_chunk
from reconcile.repository.layout import Kind
from reconcile.repository.marks import Marked
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.repository.running import STALE_AFTER, Work, clear, others, running
from reconcile.repository.running_entry import Running
from reconcile.stores.memory import MemoryStore
from reconcile.stores.protocol import Store
from tests.contract.repositories import NOON, Clock, Unkind

KINDS = ["memory", "local", "s3", "az"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def repository(clock: Clock) -> Repository:
    return Repository.create(Unkind(), now=clock)


def _running(
    repository: Repository, action: LedgerAction = LedgerAction.CREATE, **more: timedelta
) -> AbstractContextManager[Work]:
    return running(repository, action=action, dataset="flights", snapshot="s-1", by="ann", **more)


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_at_work_is_seen_until_it_ends(
    kind: str, new_store: Callable[[str], Store], clock: Clock
) -> None:
    repository = Repository.create(new_store(kind), now=clock)
    with _running(repository) as work, _running(repository, LedgerAction.COPY):
        clock.goes(MINUTE)
        work.renew()
        copying, creating = sorted(others(repository, now=clock()), key=lambda one: one.action)
        assert (creating.id, creating.snapshot, creating.by) == ("s-1", "s-1", "ann")
        assert (creating.at, creating.renewed_at) == (NOON, NOON + MINUTE)
        assert copying.id.startswith("s-1.copy.")
        work.require_running()
    assert others(repository, now=clock()) == ()
    assert list(repository.store.list(layout.RUNNING)) == []


def test_it_ends_whatever_happens(repository: Repository, clock: Clock) -> None:
    with pytest.raises(KeyError), _running(repository):
        raise KeyError
    assert others(repository, now=clock()) == ()


def test_a_thread_of_its_own_renews_it(clock: Clock) -> None:
    store, renewed = Unkind(), threading.Event()
    repository = Repository.create(store, now=clock)
    with _running(repository, every=timedelta(microseconds=1)):
        store.before = lambda _name: renewed.set()
        assert renewed.wait(timeout=30)


def test_a_thread_goes_on_after_a_renewal_that_failed(clock: Clock) -> None:
    store, names = Unkind(), list[str]()
    enough = threading.Event()

    def refuse(name: str) -> None:
        names.append(name)
        store.requests_lost.append(name)
        if len(names) > 3:
            enough.set()

    repository = Repository.create(store, now=clock)
    with _running(repository, every=timedelta(microseconds=1)):
        store.before = refuse
        assert enough.wait(timeout=30)


def test_who_begins_again_takes_over_and_the_other_is_told(
    repository: Repository, clock: Clock
) -> None:
    with _running(repository) as killed:
        with _running(repository) as again:
            with pytest.raises(Incomplete, match="has lost its place"):
                killed.require_running()
            again.require_running()
            killed.end()
            assert [one.id for one in others(repository, now=clock())] == ["s-1"]
        with pytest.raises(Incomplete):
            killed.require_running()


def test_whose_entry_was_removed_is_told(repository: Repository) -> None:
    with _running(repository) as work:
        repository.store.delete(layout.running(work.id))
        with pytest.raises(Incomplete):
            work.require_running()
        assert list(repository.store.list(layout.RUNNING)) == []


def test_a_renewal_whose_answer_was_lost_is_no_loss(repository: Repository, clock: Clock) -> None:
    store = repository.store
    assert isinstance(store, Unkind)
    with _running(repository) as work:
        clock.goes(MINUTE)
        store.answers_lost.append(layout.running(work.id))
        work.renew()
        work.require_running()
        assert others(repository, now=clock())[0].renewed_at == NOON + MINUTE
    assert list(store.list(layout.RUNNING)) == []


def test_a_renewal_that_did_not_arrive_is_sent_again(repository: Repository, clock: Clock) -> None:
    store = repository.store
    assert isinstance(store, Unkind)
    with _running(repository) as work:
        clock.goes(MINUTE)
        store.requests_lost += [layout.running(work.id)] * 2
        work.require_running()
        assert others(repository, now=clock())[0].renewed_at == NOON + MINUTE


def test_a_renewal_that_was_given_up_and_arrived_is_no_loss(repository: Repository) -> None:
    store = repository.store
    assert isinstance(store, Unkind)
    with _running(repository) as work:
        store.requests_lost += [layout.running(work.id)] * 2
        store.answers_lost += [layout.running(work.id)]
        with pytest.raises(Transient):
            work.renew()
        work.require_running()
    assert list(store.list(layout.RUNNING)) == []


def test_what_cannot_be_renewed_is_not_said_to_go_on(repository: Repository) -> None:
    store = repository.store
    assert isinstance(store, Unkind)
    with _running(repository) as work:
        store.requests_lost += [layout.running(work.id)] * 3
        with pytest.raises(Transient):
            work.require_running()


class NoDeletes(Unkind):
    """A store of whoever may write, and not delete."""

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        raise AccessDenied(f"{name} may not be deleted", found=str(if_match))


def test_who_may_not_delete_says_that_it_has_ended(clock: Clock) -> None:
    repository = Repository.create(NoDeletes(), now=clock)
    with _running(repository):
        assert len(others(repository, now=clock())) == 1
    assert others(repository, now=clock()) == ()
    with _running(repository) as again:
        again.require_running()
        assert len(others(repository, now=clock())) == 1


def test_an_end_that_does_not_arrive_fails_nothing(clock: Clock) -> None:
    store = NoDeletes()
    repository = Repository.create(store, now=clock)
    with _running(repository) as work:
        store.requests_lost += [layout.running(work.id)] * 3
    assert len(others(repository, now=clock())) == 1


def test_what_has_ended_is_cleared_away(repository: Repository, clock: Clock) -> None:
    ended = Repository.create(NoDeletes(), now=clock)
    with _running(ended), _running(ended, LedgerAction.COPY):
        pass
    for info in list(ended.store.list(layout.RUNNING)):
        repository.store.put(info.name, ended.store.get(info.name))
    with _running(repository, LedgerAction.RESTORE) as work:
        clear(repository, now=clock())
        left = [info.name for info in repository.store.list(layout.RUNNING)]
        assert left == [layout.running(work.id)]
        clock.goes(STALE_AFTER)
        clear(repository, now=clock())
        assert list(repository.store.list(layout.RUNNING)) == []


def test_a_clock_that_is_far_ahead_keeps_nobody_at_work_for_ever(
    new_store: Callable[[str], Store],
) -> None:
    ahead = Clock(NOON + timedelta(days=30_000))
    repository = Repository.create(new_store("local"), now=ahead)
    with _running(repository) as work:
        written = repository.store.head(layout.running(work.id)).modified
        assert written is not None
        assert len(others(repository, now=written + MINUTE)) == 1
        assert others(repository, now=written + STALE_AFTER) == ()


@pytest.mark.parametrize("kind", ["local", "s3", "az"])
def test_a_clock_that_is_far_behind_has_nobody_taken_for_dead(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    behind = Clock(NOON)
    repository = Repository.create(new_store(kind), now=behind)
    with _running(repository) as work:
        written = repository.store.head(layout.running(work.id)).modified
        assert written is not None
        clear(repository, now=written + MINUTE)
        assert [one.id for one in others(repository, now=written + MINUTE)] == ["s-1"]
        work.require_running()


def test_who_begins_again_while_the_dead_are_cleared_away_stays(clock: Clock) -> None:
    class TakenOver(Unkind):
        def delete(self, name: str, *, if_match: str | None = None) -> None:
            super().put(name, running_entry.to_bytes(begun))
            super().delete(name, if_match=if_match)

    begun = Running("s-1", LedgerAction.CREATE, "flights", "s-1", "ann", NOON, NOON)
    store = TakenOver()
    repository = Repository.create(store, now=clock)
    ended = Running("s-1", LedgerAction.CREATE, "flights", "s-1", "bob", NOON, NOON, ended=True)
    store.put(layout.running("s-1"), running_entry.to_bytes(ended))
    clear(repository, now=clock())
    assert [one.by for one in others(repository, now=clock())] == ["ann"]


def test_who_was_silent_for_long_is_taken_for_dead_and_told(
    repository: Repository, clock: Clock
) -> None:
    with _running(repository) as work:
        clock.goes(STALE_AFTER - MINUTE)
        assert len(others(repository, now=clock())) == 1
        clock.goes(MINUTE)
        assert others(repository, now=clock()) == ()
        with pytest.raises(Incomplete, match="silent since"):
            work.require_running()


def test_who_renewed_in_time_goes_on_for_days(repository: Repository, clock: Clock) -> None:
    with _running(repository) as work:
        for _ in range(5):
            clock.goes(STALE_AFTER - MINUTE)
            work.renew()
        assert len(others(repository, now=clock())) == 1


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"id": "s-1"}', b" " * 100_000])
def test_whoever_cannot_be_read_is_at_work_for_a_while(
    data: bytes, new_store: Callable[[str], Store], clock: Clock
) -> None:
    repository = Repository.create(new_store("local"), now=clock)
    written = repository.store.put(layout.running("s-1"), data).modified
    assert written is not None

    (one,) = others(repository, now=written + MINUTE)
    assert (one.id, one.action) == ("s-1", None)
    assert others(repository, now=written + STALE_AFTER) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_among_those_at_work_are_left_alone(
    kind: str, new_store: Callable[[str], Store], clock: Clock
) -> None:
    repository = Repository.create(new_store(kind), now=clock)
    for name in ("readme.txt", "a b.json", ".json", "deeper/s-1.json"):
        repository.store.put(f"{layout.RUNNING}{name}", b"x")
    with _running(repository):
        assert [one.id for one in others(repository, now=clock())] == ["s-1"]


def _marked(repository: Repository) -> list[Marked]:
    return [
        Marked.of(kind, id, info)
        for kind in Kind
        for id, info in listing.everything(repository, kind)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_marked_is_known_and_not_relied_on(
    kind: str, new_store: Callable[[str], Store], clock: Clock
) -> None:
    repository = Repository.create(new_store(kind), now=clock)
    chunk = put_chunk(repository, b"nobody needs it")
    marked = _marked(repository)
    kept = put_chunk(repository, b"somebody needs it")

    (id,) = marks.write(repository, marked, at=clock())

    (mark,) = marks.read(repository)
    assert (mark.id, mark.at, list(mark.content)) == (id, NOON, marked)
    assert marks.ids(repository) == {chunk.id}
    for present in (
        Present.listed(repository, without=marks.ids(repository)),
        Present.listed(repository, marked=False),
    ):
        assert (present.has(chunk), present.has(kept)) == (False, True)
    assert Present.listed(repository).has(chunk)
    assert marked[0].is_still(repository.store.head(marked[0].name))
    marks.remove(repository, id)
    marks.remove(repository, id)
    assert marks.ids(repository) == frozenset()


@pytest.mark.parametrize("kind", ["memory", "local", "az"])
def test_what_was_written_again_is_no_longer_what_was_marked(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    repository = Repository.create(new_store(kind))
    put_chunk(repository, b"content")
    (marked,) = _marked(repository)
    put_chunk(repository, b"content")
    assert not marked.is_still(repository.store.head(marked.name))


def test_the_same_tag_at_another_time_is_no_longer_what_was_marked(
    repository: Repository,
) -> None:
    put_chunk(repository, b"content")
    (marked,) = _marked(repository)
    info = replace(repository.store.head(marked.name), modified=NOON)
    marked = replace(marked, modified=NOON)
    assert marked.is_still(info)
    assert marked.is_still(replace(info, modified=NOON + timedelta(microseconds=5)))
    assert not marked.is_still(replace(info, modified=NOON + timedelta(seconds=1)))


def test_much_is_marked_in_several_documents(repository: Repository, clock: Clock) -> None:
    count = 25_000
    many = [Marked(Kind.CHUNK, f"{number:064x}", 1, "tag", None) for number in range(count)]
    written = marks.write(repository, iter(many), at=clock())
    assert len(written) == 3
    assert [one for mark in marks.read(repository) for one in mark.content] == many


def test_nothing_to_mark_is_no_mark(repository: Repository, clock: Clock) -> None:
    assert marks.write(repository, [], at=clock()) == ()
    assert list(marks.read(repository)) == []


@pytest.mark.parametrize(
    "change",
    [
        b"{}",
        b"[" * 3000,
        b'{"id":"m","at":"2013-11-05T12:00:00+00:00","content":[{"kind":"chunks"}]}',
        b'{"id":"m","at":"2013-11-05T12:00:00+00:00","content":[{"kind":"ledger","id":"'
        + b"0" * 64
        + b'","size":1,"etag":"","modified":null}]}',
        b'{"id":"m","at":"2013-11-05T12:00:00+00:00","content":[{"kind":"chunks","id":"../x'
        b'","size":1,"etag":"","modified":null}]}',
        b'{"id":"other","at":"2013-11-05T12:00:00+00:00","content":[]}',
    ],
    ids=["empty", "deep", "lacking", "no content", "climbing", "another's"],
)
def test_a_mark_that_is_none_is_refused(change: bytes) -> None:
    store = MemoryStore()
    repository = Repository.create(store)
    store.put(layout.mark("m"), change)
    with pytest.raises(Damaged):
        marks.ids(repository)


def test_work_has_the_id_of_its_entry(repository: Repository) -> None:
    with _running(repository, LedgerAction.RESTORE) as work:
        assert isinstance(work, Work)
        assert repository.store.head(layout.running(work.id))
