"""Holds and locks of snapshots, in a store that has them and in one that has not."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.servers import S3Endpoint
from reconcile.errors import BadInput, NotFound
from reconcile.jobs.snapshots.account import account
from reconcile.jobs.snapshots.holding import Held, hold, release
from reconcile.model.snapshot import LedgerAction, LockRules
from reconcile.stores.protocol import Store
from tests.contract.site import Given
from tests.integration.reconciling import GOOD
from tests.integration.snapshotting import (
    SnapshotBench,
    repository_store,
    snapshot_bench,
)
from tests.stores import s3_client


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path) as made:
        made.write_days()
        yield made


@pytest.fixture
def locking(tmp_path: Path, s3_endpoint: S3Endpoint) -> Iterator[SnapshotBench]:
    """A bench whose repository lies in a bucket with locks; its clock goes with the service's."""
    client = s3_client(s3_endpoint)
    name = f"bucket-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    clients = Given(s3=client)
    with snapshot_bench(tmp_path, repository=f"s3://{name}", clients=clients) as made:
        made.bench.clock.now = datetime.now(UTC).replace(microsecond=0)
        made.write_days()
        yield made


def held(bench: SnapshotBench, id: str, reason: str = "an audit") -> Held:
    bench.forward()
    with bench.work() as work:
        return hold(work, id, reason)


def released(bench: SnapshotBench, id: str, reason: str = "it is over") -> Held:
    bench.forward()
    with bench.work() as work:
        return release(work, id, reason)


def held_names(store: Store, *kinds: str) -> set[str]:
    names = [info.name for kind in kinds for info in store.list(kind)]
    found = {name: store.protection(name) for name in names}
    return {name for name, one in found.items() if one is not None and one.legal_hold}


def test_a_hold_is_a_line_until_it_is_released(bench: SnapshotBench) -> None:
    manifest = bench.good()
    first = held(bench, manifest.id)
    assert [(one.reason, one.by) for one in first.holds] == [("an audit", "anna")]
    assert "cannot hold objects" in first.notes[0]
    assert len(held(bench, manifest.id, "another audit").holds) == 2
    assert released(bench, manifest.id).holds == ()
    actions = [line.action for line in bench.lines()][-3:]
    assert actions == [LedgerAction.HOLD, LedgerAction.HOLD, LedgerAction.RELEASE]


def test_what_nobody_holds_is_not_released(bench: SnapshotBench) -> None:
    manifest = bench.good()
    with pytest.raises(BadInput, match="is not held"):
        released(bench, manifest.id)
    with pytest.raises(NotFound):
        held(bench, "elsewhere")
    with pytest.raises(BadInput, match="nobody says why"):
        held(bench, manifest.id, " ")
    assert len(bench.lines()) == 2


@pytest.mark.servers
@pytest.mark.xdist_group("clouds")
def test_what_another_held_snapshot_has_stays_held(locking: SnapshotBench) -> None:
    first = locking.manifest()
    locking.write(GOOD[:2])
    second = locking.manifest()
    store = repository_store(locking)
    assert held(locking, first.id).notes == ()
    held(locking, second.id)
    everything = held_names(store, "chunks/", "segments/", "snapshots/")
    assert len(everything) == 4 + 2 + 2
    released(locking, first.id)
    left = held_names(store, "chunks/", "segments/", "snapshots/")
    shared = {chunk.id for one in locking.objects(second).values() for chunk in one.chunks}
    assert {name.rpartition("/")[2] for name in left if name.startswith("chunks/")} == shared
    assert f"snapshots/orders/{first.id}.json" not in left
    assert f"snapshots/orders/{second.id}.json" in left
    released(locking, second.id)
    assert held_names(store, "chunks/", "segments/", "snapshots/") == set()


@pytest.mark.servers
@pytest.mark.xdist_group("clouds")
def test_a_release_that_was_stopped_comes_to_its_end(
    locking: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = locking.manifest()
    held(locking, manifest.id)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reconcile.jobs.snapshots.holding.each", stopped)
        with pytest.raises(KeyboardInterrupt):
            released(locking, manifest.id)
    store = repository_store(locking)
    assert held_names(store, "chunks/")
    released(locking, manifest.id)
    assert not held_names(store, "chunks/")
    assert [line.action for line in locking.lines()].count(LedgerAction.RELEASE) == 1
    with pytest.raises(BadInput, match="is not held"):
        released(locking, manifest.id)


@pytest.mark.servers
@pytest.mark.xdist_group("clouds")
def test_content_that_is_written_again_is_held_again(locking: SnapshotBench) -> None:
    manifest = locking.manifest()
    held(locking, manifest.id)
    store = repository_store(locking)
    name = next(info.name for info in store.list("chunks/"))
    store.put(name, b"x" * len(store.get(name)))
    assert name not in held_names(store, "chunks/")
    locking.verify(read=1.0)
    locking.manifest()
    assert name in held_names(store, "chunks/")


@pytest.mark.servers
@pytest.mark.xdist_group("clouds")
def test_everything_is_locked_and_made_longer_when_it_comes_to_its_end(
    locking: SnapshotBench,
) -> None:
    place = locking.rules.repository
    locking.with_rules(repository=replace(place, lock=LockRules(20)))
    created = locking.create()
    assert created.notes == ()
    store = repository_store(locking)
    kinds = ("chunks/", "segments/", "snapshots/", "ledger/", "repository.json")

    def ends() -> dict[str, datetime]:
        names = [info.name for kind in kinds for info in store.list(kind)]
        found = {name: store.protection(name) for name in names}
        return {name: one.until for name, one in found.items() if one and one.until}

    first, now = ends(), locking.setting.now()
    assert len(first) == 3 + 1 + 1 + 1 + 1
    assert set(first.values()) == {now + timedelta(days=25)}
    locking.forward(timedelta(days=2))
    locking.create()
    soon = ends()
    assert {name: soon[name] for name in first} == first
    locking.forward(timedelta(days=4))
    locking.create()
    later = ends()
    assert all(later[name] >= locking.setting.now() + timedelta(days=20) for name in later)
    with locking.work() as work:
        told = account(work).repository
    assert told.unprotected is None
    assert len(told.protection) == 3
