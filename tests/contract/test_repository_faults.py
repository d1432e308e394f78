"""A repository behind fault proxies: what a service did is what counts, not what it answered.

That conditional writes are one step is enforced by the proxy before S3, and by Azurite.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import Transient
from reconcile.model.snapshot import LedgerAction
from reconcile.repository import layout
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.repository.running import running
from reconcile.stores.retrying import Retrying
from tests.contract.repositories import Clock, PlayedKey
from tests.fault_proxy import Before, Conflict, Dead, FailsAfterwards, Fault, Lost, Match
from tests.fault_proxy.script import Effect
from tests.faults.routes import End, blob_end, s3_end


@pytest.fixture(params=["s3", "blob"])
def end(
    request: pytest.FixtureRequest, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> Iterator[End]:
    with s3_end(s3_endpoint) if request.param == "s3" else blob_end(blob_endpoint) as made:
        yield made


def _repository(end: End) -> Repository:
    return Repository.create(Retrying(end.store), key=PlayedKey(), now=Clock())


def _append(repository: Repository, by: str) -> int:
    ledger = Ledger(repository)
    line = ledger.append(
        LedgerAction.HOLD, dataset="flights", snapshot="s", by=by, details={"reason": "closing"}
    )
    return line.sequence


def test_of_two_who_make_it_at_once_one_does(end: End) -> None:
    both_there = Barrier(2, timeout=30)
    end.wire.script.add(Fault(Match(end.names.put), Before(both_there.wait), times=2))
    with ThreadPoolExecutor(2) as both:
        one, other = both.map(_repository, [end, end])

    opened = Repository.open(end.truth, key=PlayedKey())
    assert {one.id, other.id} == {opened.id}
    assert {one.chunk_id(b"x"), other.chunk_id(b"x")} == {opened.chunk_id(b"x")}


def test_of_two_who_append_at_once_both_have_a_line(end: End) -> None:
    repository = _repository(end)
    both_there = Barrier(2, timeout=30)
    end.wire.script.add(Fault(Match(end.names.put), Before(both_there.wait), times=2))
    with ThreadPoolExecutor(2) as both:
        numbers = list(both.map(lambda by: _append(repository, by), ["ann", "bob"]))

    lines, problems = Ledger(repository).inspected()
    assert sorted(numbers) == [1, 2]
    assert sorted(line.by for line in lines) == ["ann", "bob"]
    assert problems == ()


@pytest.mark.parametrize("effect", [Lost(), FailsAfterwards(), Dead()], ids=type)
@pytest.mark.parametrize("key", ["repository.json", "line", "entry"])
def test_a_write_whose_answer_is_wrong_is_there_once(end: End, effect: Effect, key: str) -> None:
    names = {"line": layout.line(1), "entry": layout.running("s-1")}
    name = names.get(key, key)
    end.wire.script.add(Fault(Match(end.names.put, key=name), effect))
    repository = _repository(end)
    with running(
        repository, action=LedgerAction.CREATE, dataset="flights", snapshot="s-1", by="ann"
    ) as work:
        work.require_running()
        assert _append(repository, "ann") == 1
    assert _append(repository, "bob") == 2

    assert end.wire.script.unused() == []
    opened = Repository.open(end.truth, key=PlayedKey())
    assert [line.by for line in Ledger(opened).lines()] == ["ann", "bob"]
    assert list(end.truth.list(layout.RUNNING)) == []


@pytest.mark.parametrize("effect", [Lost(), FailsAfterwards(), Dead()], ids=type)
def test_a_renewal_whose_answer_is_wrong_is_no_loss(end: End, effect: Effect) -> None:
    repository = _repository(end)
    with running(
        repository, action=LedgerAction.CREATE, dataset="flights", snapshot="s-1", by="ann"
    ) as work:
        end.wire.script.add(Fault(Match(end.names.put), effect))
        work.require_running()
        work.require_running()
    assert end.wire.script.unused() == []
    assert list(end.truth.list(layout.RUNNING)) == []


@pytest.mark.parametrize("times", [1, 2])
def test_who_is_told_of_a_conflict_tries_again(s3_endpoint: S3Endpoint, times: int) -> None:
    with s3_end(s3_endpoint) as end:
        match = Match(end.names.put, key="repository.json")
        end.wire.script.add(Fault(match, Conflict(), times=times))
        repository = _repository(end)
        end.wire.script.add(Fault(Match(end.names.put), Conflict(), times=times))
        assert _append(repository, "ann") == 1
        assert end.wire.script.unused() == []


def test_a_service_that_never_takes_a_line_has_none(s3_endpoint: S3Endpoint) -> None:
    with s3_end(s3_endpoint) as end:
        repository = _repository(end)
        end.wire.script.add(Fault(Match(end.names.put), Dead(), times=None))
        with pytest.raises(Transient):
            _append(repository, "ann")
        end.wire.script.clear()
        assert Ledger(repository).lines() == ()
