"""Snapshots that are created, verified and copied through fault proxies: what is saved is what was
there, whole, told once; else it is said. What ends early comes to the same end when it is begun
again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import AccessDenied, Damaged, NotFound, ReconcileError, Tampered
from reconcile.jobs.snapshots import work as work_module
from reconcile.jobs.snapshots.creating.creation import create
from reconcile.jobs.snapshots.loading import loaded
from reconcile.jobs.snapshots.proving.copying import Copied, copy
from reconcile.jobs.snapshots.pruning.pruned import Pruned
from reconcile.jobs.snapshots.pruning.pruning import prune
from reconcile.jobs.snapshots.shelf import Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, Manifest, Retention
from reconcile.repository import layout
from reconcile.repository.chunks import read_chunk
from reconcile.repository.layout import Kind
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.stores.pacing import Pace
from tests.contract.site import Given
from tests.fault_proxy import (
    After,
    Before,
    Dead,
    DuplicatedKey,
    ErrorInside,
    ExpiredCredentials,
    FailsAfterwards,
    Fault,
    FaultProxy,
    FlippedOnTheWayIn,
    FlippedOnTheWayOut,
    Lost,
    Match,
    MissingKey,
    Refused,
    Request,
    Reset,
    ShortPage,
    SlowDown,
    StalePage,
    Truncated,
    fault_proxy,
)
from tests.fault_proxy.script import Effect
from tests.integration.snapshotting import SnapshotBench, repository_store, snapshot_bench
from tests.stores import blob_service, new_bucket, new_container, s3_client
from tests.unit.fake_time import FakeTime

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

PIECE = 1024
LARGE = bytes(index * 7 % 251 for index in range(3 * PIECE + 500))
"""Four pieces of content."""
OBJECTS = {"a": b"a" * 100, "b/c": b"c" * 100, "empty": b"", "large": LARGE, "z": b"z" * 100}
PARTS = ("repository.json", "running/", "chunks/", "segments/", "snapshots/", "ledger/")
"""What a first snapshot writes."""

S3 = {"list": "ListObjectsV2", "read": "GetObject", "write": "PutObject", "delete": "DeleteObject"}
BLOB = {"list": "ListBlobs", "read": "GetBlob", "write": "PutBlob", "delete": "DeleteBlob"}


@dataclass(frozen=True)
class Wire:
    """A cloud behind a proxy.

    Attributes:
        proxy: The proxy.
        place: A bucket or container there.
        names: What its service calls a listing, a read, a write, a delete.
    """

    proxy: FaultProxy[Any]
    place: str
    names: dict[str, str]

    def fault(
        self, what: str, effect: Effect, *, part: str, times: int | None = 1, nth: int = 1
    ) -> None:
        """What happens to requests about what lies below a part of the folder that is used."""

        def concerns(request: Request) -> bool:
            return part in f"{request.operation.key} {request.query.get('prefix', '')}"

        match = Match(self.names[what], where=concerns, nth=nth)
        self.proxy.script.add(Fault(match, effect, times=times))

    def count(self, what: str, part: str) -> int:
        """How many such requests there were."""
        return sum(part in entry.key for entry in self.proxy.log.of(self.names[what]))

    @contextmanager
    def for_a_test(self) -> Iterator[Wire]:
        """Without faults of others; every fault of the block has met its request."""
        self.proxy.log.clear()
        yield self
        assert self.proxy.script.unused() == []
        self.proxy.script.clear()


@dataclass(frozen=True)
class Clouds:
    """Both, who signs in to them through their proxies, and the file of an empty state."""

    s3: Wire
    blob: Wire
    clients: Given
    state: Path

    def wire(self, name: str) -> Wire:
        return {"s3": self.s3, "blob": self.blob}[name]


@pytest.fixture(scope="module")
def both(
    s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clouds]:
    folder = tmp_path_factory.mktemp("state")
    with snapshot_bench(folder):
        pass  # to upgrade a state once is enough
    with (
        fault_proxy(s3_endpoint) as to_s3,
        fault_proxy(blob_endpoint) as to_blob,
        blob_service(to_blob.endpoint) as blobs,
    ):
        s3 = s3_client(to_s3.endpoint)
        yield Clouds(
            Wire(to_s3, f"s3://{new_bucket(s3)}", S3),
            Wire(to_blob, f"az://{new_container(blobs).container_name}", BLOB),
            Given(s3=s3, blob=blobs),
            folder / "state.db",
        )


@pytest.fixture
def clouds(both: Clouds, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouds]:
    # The Azure SDK waits a second before it asks again for what was cut off.
    monkeypatch.setattr("azure.storage.blob._download.time.sleep", lambda _seconds: None)
    # Content is listed at once: sixteen listings of it are alike, and take their time.
    monkeypatch.setattr(layout, "content_shares", lambda kind: (f"{kind}/",))
    with both.s3.for_a_test(), both.blob.for_a_test():
        yield both


@dataclass(frozen=True)
class Saving:
    """A dataset and its repository in one cloud, the second repository in the other one."""

    bench: SnapshotBench
    wire: Wire
    other: Wire

    def fault(self, what: str, effect: Effect, **how: Any) -> None:
        self.wire.fault(what, effect, **how)

    def saved(self, manifest: Manifest, *, copy: bool = False) -> dict[str, bytes]:
        """The bytes that a snapshot holds."""
        return saved_in(self.bench.repository(copy=copy), manifest)

    def copied(self, **arguments: Any) -> Copied:
        self.bench.forward()
        with self.bench.work() as work:
            return copy(work, **arguments)

    def pruned(self) -> Pruned:
        self.bench.forward()
        with self.bench.work(by="pruner") as work:
            return prune(work)

    def stored(self, part: str) -> list[str]:
        return [info.name for info in repository_store(self.bench).list(part)]

    def require_whole(
        self, manifest: Manifest, objects: dict[str, bytes] = OBJECTS, *, snapshots: int = 1
    ) -> None:
        """It holds these objects, was told of once, and nothing is left over."""
        work = self.bench.work()
        repository = work.repository()
        assert saved_in(repository, manifest) == objects
        found = loaded(work, repository)
        created = [one.snapshot for one in found.lines if one.action is LedgerAction.CREATE]
        assert found.problems == ()
        assert (len(created), created.count(manifest.id)) == (snapshots, 1)
        assert [one.id for one in found.manifests].count(manifest.id) == 1
        assert list(repository.store.list("running/")) == []


def saved_in(repository: Repository, manifest: Manifest) -> dict[str, bytes]:
    """The bytes that a snapshot holds, each piece proven by its id."""
    shelf = Shelf(repository, Present())
    return {
        one.name: b"".join(read_chunk(repository, chunk) for chunk in one.chunks)
        for segment in manifest.segments
        for one in shelf.read(segment)
    }


@contextmanager
def saving_in(
    name: str, folder: Path, clouds: Clouds, *, piece: int | None = PIECE, fill: bool = True
) -> Iterator[Saving]:
    wire, other = clouds.wire(name), clouds.wire("blob" if name == "s3" else "s3")
    folder.mkdir(exist_ok=True)
    shutil.copy(clouds.state, folder / clouds.state.name)
    with snapshot_bench(
        folder,
        wire.place,
        wire.place,
        clouds.clients,
        copy=other.place,
        retention=Retention(daily=1),
    ) as bench:
        if piece is not None:
            Repository.create(repository_store(bench), now=bench.setting.now, chunk_size=piece)
        for object, data in OBJECTS.items() if fill else ():
            bench.put(object, data)
        yield Saving(bench, wire, other)


@pytest.fixture
def saving(request: pytest.FixtureRequest, tmp_path: Path, clouds: Clouds) -> Iterator[Saving]:
    """In S3, unless told."""
    with saving_in(getattr(request, "param", "s3"), tmp_path, clouds) as made:
        yield made


@pytest.fixture
def new(request: pytest.FixtureRequest, tmp_path: Path, clouds: Clouds) -> Iterator[Saving]:
    """Likewise, without a repository."""
    with saving_in(getattr(request, "param", "s3"), tmp_path, clouds, piece=None) as made:
        yield made


# What is read of the origin.


@pytest.mark.parametrize(
    ("saving", "name"), [("s3", "a"), ("s3", "large"), ("blob", "large")], indirect=["saving"]
)
def test_an_object_replaced_while_it_is_read_is_never_torn(saving: Saving, name: str) -> None:
    other = OBJECTS[name][::-1] + b"!"
    replaced = Before(lambda: saving.bench.put(name, other))
    saving.fault("read", replaced, part=f"-origin/{name}", nth=3 if name == "large" else 1)
    manifest = saving.bench.manifest()
    saving.require_whole(manifest, {**OBJECTS, name: other})


def test_an_object_replaced_at_each_read_is_not_in_the_snapshot_and_it_says_so(
    saving: Saving,
) -> None:
    saving.bench.with_rules(settle=timedelta(minutes=1))
    written = iter(range(100))
    replaced = Before(lambda: saving.bench.put("large", LARGE + b"%d" % next(written)))
    saving.fault("read", replaced, part="-origin/large", times=None)
    created = saving.bench.create()
    assert created.reasons == ("the location was written to meanwhile: large",)
    assert created.manifest is not None
    kept = {name: data for name, data in OBJECTS.items() if name != "large"}
    assert saving.saved(created.manifest) == kept


BROKEN = [
    ("s3", Truncated(after=50)),
    ("s3", Reset(after=50)),
    ("s3", FlippedOnTheWayOut(at=50)),
    ("blob", Truncated(after=50)),
    ("blob", FlippedOnTheWayOut(at=50)),
]


@pytest.mark.parametrize(("saving", "effect"), BROKEN, ids=str, indirect=["saving"])
def test_what_breaks_on_the_way_from_the_origin_is_read_again(
    saving: Saving, effect: Effect
) -> None:
    for name in ("a", "large"):
        saving.fault("read", effect, part=f"-origin/{name}")
    saving.require_whole(saving.bench.manifest())


@pytest.mark.parametrize("name", ["a", "large"])
def test_what_always_arrives_with_other_bytes_than_the_service_vouches_for_is_not_saved(
    saving: Saving, name: str
) -> None:
    saving.bench.with_rules(settle=timedelta(minutes=1))
    saving.fault("read", FlippedOnTheWayOut(at=0), part=f"-origin/{name}", times=None)
    created = saving.bench.create()
    (reason,) = created.reasons
    assert f"-origin/{name}" in reason
    assert "Checksum" in reason or "vouches for" in reason
    saving.wire.proxy.script.clear()
    assert not saving.bench.loaded().standing(created.id).good
    saving.require_whole(saving.bench.manifest(), snapshots=2)


def test_the_only_object_replaced_while_it_is_read_is_waited_for(
    tmp_path: Path, clouds: Clouds
) -> None:
    with saving_in("s3", tmp_path, clouds, fill=False) as saving:
        saving.bench.put("a", b"before")
        saving.fault("read", Before(lambda: saving.bench.put("a", b"after")), part="-origin/a")
        saving.require_whole(saving.bench.manifest(), {"a": b"after"})


# What is listed at the origin.


@pytest.mark.parametrize(("earlier", "number"), [(False, 2), (True, 1)])
def test_a_name_that_a_listing_of_the_origin_leaves_out_is_saved(
    saving: Saving, earlier: bool, number: int
) -> None:
    if earlier:
        saving.bench.manifest()
        saving.bench.put("new", b"new")
    objects = OBJECTS | ({"new": b"new"} if earlier else {})
    saving.fault("list", MissingKey(index=1), part="-origin/", nth=number)
    manifest = saving.bench.manifest()
    saving.require_whole(manifest, objects, snapshots=1 + earlier)
    assert saving.wire.proxy.script.unused() == []


def test_a_listing_that_is_as_it_was_is_no_smaller_snapshot(saving: Saving) -> None:
    first = saving.bench.manifest()
    saving.bench.put("new", b"new")
    saving.bench.remove("a")
    saving.fault("list", StalePage(), part="-origin/")
    saving.require_whole(saving.bench.manifest(), OBJECTS, snapshots=2)
    now = {**OBJECTS, "new": b"new"}
    del now["a"]
    saving.require_whole(saving.bench.manifest(), now, snapshots=3)
    assert saving.saved(first) == OBJECTS


def test_what_a_listing_shows_and_is_gone_is_not_saved_and_not_waited_for_twice(
    saving: Saving,
) -> None:
    saving.bench.held()
    saving.bench.remove("a")
    saving.fault("list", StalePage(), part="-origin/")
    without = {name: data for name, data in OBJECTS.items() if name != "a"}
    saving.require_whole(saving.bench.manifest(), without)


def test_a_listing_of_the_origin_that_breaks_off_is_gone_on_with(saving: Saving) -> None:
    effects: list[Effect] = [
        ShortPage(keys=2),
        Truncated(after=300),
        DuplicatedKey(index=0),
        ErrorInside(done=False),  # of the second listing
    ]
    for number, effect in enumerate(effects, start=1):
        saving.fault("list", effect, part="-origin/", nth=number)
    saving.require_whole(saving.bench.manifest())


def test_a_listing_of_the_origin_that_is_none_makes_no_snapshot(saving: Saving) -> None:
    first = saving.bench.manifest()
    failing = Refused(500, "InternalError")
    saving.fault("list", failing, part="-origin/", times=None)
    with pytest.raises(ReconcileError):
        saving.bench.create(id="second")
    saving.wire.proxy.script.clear()
    assert [one.id for one in saving.bench.loaded().manifests] == [first.id]
    saving.require_whole(saving.bench.manifest(id="second"), snapshots=2)


# What is written to the repository.


@pytest.mark.parametrize(
    ("new", "effect"),
    [
        ("s3", Lost()),
        ("s3", FlippedOnTheWayIn()),
        ("s3", ErrorInside(done=False)),
        ("blob", FailsAfterwards()),
        ("blob", FlippedOnTheWayIn()),
    ],
    ids=str,
    indirect=["new"],
)
def test_an_answer_that_is_lost_or_wrong_at_any_write(new: Saving, effect: Effect) -> None:
    for part in PARTS:
        new.fault("write", effect, part=f"-repository/{part}")
    new.require_whole(new.bench.manifest())


@pytest.mark.parametrize("part", ["chunks/", "segments/", "ledger/"])
def test_a_write_that_never_arrives_is_told_and_begun_again(new: Saving, part: str) -> None:
    new.fault("write", FlippedOnTheWayIn(), part=f"-repository/{part}", times=None)
    with pytest.raises(ReconcileError):
        new.bench.create(id="one")
    new.wire.proxy.script.clear()
    assert new.stored("ledger/") == []
    assert new.bench.loaded().standings == () or part == "ledger/"
    new.require_whole(new.bench.manifest(id="one"))


@pytest.mark.parametrize(
    ("new", "what", "part", "nth"),
    [
        ("s3", "read", "-origin/", 3),
        ("s3", "write", "-repository/chunks/", 2),
        ("blob", "write", "-repository/ledger/", 1),
    ],
    indirect=["new"],
)
def test_credentials_that_end_on_the_way_lose_nothing(
    new: Saving, what: str, part: str, nth: int
) -> None:
    """From there on nothing is answered any more, so that nobody tidies up either."""

    def begins() -> None:
        new.wire.proxy.script.add(Fault(Match(), ExpiredCredentials(), times=None))

    new.fault(what, After(begins), part=part, nth=nth)
    if part.endswith("ledger/"):
        # The line itself is there.
        new.fault(what, ExpiredCredentials(), part=part)
    with pytest.raises(AccessDenied) as error:
        new.bench.create(id="one")
    assert "Signature" not in error.value.line()
    new.wire.proxy.script.clear()
    new.require_whole(new.bench.manifest(id="one"))


def test_a_storm_on_both_sides_is_waited_out_as_the_service_wishes(
    saving: Saving, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeTime()

    def pace(limits: Any) -> Pace:
        return Pace(limits, clock=time.clock, pause=time.pause, random=lambda: 0.0)

    monkeypatch.setattr(work_module, "Pace", pace)
    for what, part in (("read", "-origin/"), ("list", "-origin/"), ("write", "-repository/")):
        saving.fault(what, SlowDown(retry_after=9), part=part, times=2)
    saving.require_whole(saving.bench.manifest())
    assert time.pauses.count(9.0) >= 3


def test_a_piece_that_could_not_be_put_while_its_object_was_replaced_is_missed(
    saving: Saving,
) -> None:
    """The object has changed, which is no failure. That a piece of it did not arrive is one, since
    the next object of the same bytes would rely on it."""
    longer = LARGE + b"!"
    first = saving.bench.repository().chunk_id(LARGE[:PIECE])
    is_replaced, is_refused = Event(), Event()

    def replaced() -> None:
        if not is_replaced.is_set():
            saving.bench.put("large", longer)
            is_replaced.set()
            assert is_refused.wait(60)

    def of_another_piece(request: Request) -> bool:
        is_first = ("range", "bytes=0-1023") in {(n.lower(), v) for n, v in request.headers}
        return request.operation.key.endswith("-origin/large") and not is_first

    others = Match("GetObject", where=of_another_piece)
    for effect in (After(is_refused.set), Before(lambda: is_replaced.wait(60))):
        saving.wire.proxy.script.add(Fault(others, effect, times=None))
    # As often as it is tried.
    saving.fault("write", Before(replaced), part=first, times=2)
    saving.fault("write", Dead(), part=first, times=2)
    with pytest.raises(ReconcileError):
        saving.bench.create(id="one")
    saving.wire.proxy.script.clear()
    saving.require_whole(saving.bench.manifest(id="one"), {**OBJECTS, "large": longer})


# What is listed in the repository.


def test_content_that_a_listing_leaves_out_is_only_put_again(saving: Saving) -> None:
    manifest = saving.bench.manifest()
    (chunk,) = saving.bench.objects(manifest)["a"].chunks
    index = saving.stored("chunks/").index(layout.content(Kind.CHUNK, chunk.id))
    saving.fault(
        "list", MissingKey(index=index % 7), part="-repository/chunks/", nth=1 + index // 7
    )
    saving.wire.proxy.log.clear()
    again = saving.bench.create()
    assert (again.healed, again.read) == (1, 1)
    assert saving.wire.count("write", "/chunks/") == 1
    assert again.manifest is not None
    saving.require_whole(again.manifest, snapshots=2)


def test_content_that_a_listing_shows_and_that_is_gone_is_found_by_the_next(
    saving: Saving,
) -> None:
    """No service of today lists what was deleted. If one did, a verification would say so."""
    manifest = saving.bench.manifest()
    (chunk,) = saving.bench.objects(manifest)["a"].chunks
    saving.bench.manifest()
    repository_store(saving.bench).delete(layout.content(Kind.CHUNK, chunk.id))
    saving.fault("list", StalePage(), part="-repository/chunks/")
    broken = saving.bench.manifest()
    proven = saving.bench.verify(id=broken.id, read=0.0)
    assert not proven.sound
    healed = saving.bench.create()
    assert healed.healed == 1
    assert saving.bench.verify(read=1.0).sound


def test_snapshots_that_a_listing_leaves_out_are_known_from_the_ledger(saving: Saving) -> None:
    saving.bench.manifest(id="first")
    saving.fault("list", MissingKey(index=0), part="-repository/snapshots/", times=None)
    again = saving.bench.create(id="first")
    assert (again.id, again.read) == ("first", 0)
    second = saving.bench.create(id="second")
    assert (second.read, second.new_bytes) == (0, 0)
    saving.wire.proxy.script.clear()
    assert second.manifest is not None
    saving.require_whole(second.manifest, snapshots=2)


def test_a_line_that_a_listing_leaves_out_is_not_written_over(saving: Saving) -> None:
    saving.bench.manifest(id="first")
    before = saving.bench.lines()
    saving.fault("list", MissingKey(index=0), part="-repository/ledger/")
    with pytest.raises(Tampered, match="ledger"):
        saving.bench.create(id="second")
    assert saving.bench.lines() == before
    saving.require_whole(saving.bench.manifest(id="second"), snapshots=2)


@contextmanager
def two_hosts(
    folder: Path, clouds: Clouds, *, fill: bool = True
) -> Iterator[tuple[Saving, Saving]]:
    """Of one dataset and one repository, without a common state."""
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(saving_in("s3", folder / name, clouds, piece=None, fill=is_first))
            for name, is_first in (("one", fill), ("two", False))
        )
        two.bench.rules, two.bench.source = one.bench.rules, one.bench.source
        yield one, two


def test_who_is_shown_a_repository_as_it_was_before_begins_no_second_ledger(
    tmp_path: Path, clouds: Clouds
) -> None:
    with two_hosts(tmp_path, clouds) as (one, two):
        first = one.bench.manifest(id="first")
        for part in ("snapshots/", "ledger/"):
            one.fault("list", StalePage(), part=f"-repository/{part}")
        one.fault("list", StalePage(), part="-repository/ledger/")
        second = two.bench.manifest(id="second")
        assert [line.sequence for line in one.bench.lines()] == [1, 2]
        one.require_whole(second, snapshots=2)
        assert one.saved(first) == OBJECTS


def test_a_line_that_arrives_with_other_bytes_is_not_continued(saving: Saving) -> None:
    saving.bench.manifest(id="first")
    saving.fault("read", FlippedOnTheWayOut(at=30), part="-repository/ledger/", times=None)
    with pytest.raises((Tampered, ReconcileError)):
        saving.bench.create(id="second")
    saving.wire.proxy.script.clear()
    saving.require_whole(saving.bench.manifest(id="second"), snapshots=2)


# Several at once.


def test_two_hosts_that_save_at_once_have_two_snapshots(tmp_path: Path, clouds: Clouds) -> None:
    with two_hosts(tmp_path, clouds) as (one, two):
        for part in ("repository.json", "snapshots/", "ledger/"):
            both_there = Barrier(2, timeout=60)
            one.fault("write", Before(both_there.wait), part=f"-repository/{part}", times=2)
        with ThreadPoolExecutor(2) as hosts:
            ids = ("first", "second")
            made = list(hosts.map(lambda host, id: host.bench.manifest(id=id), (one, two), ids))
        assert len({manifest.repository for manifest in made}) == 1
        assert sorted(line.snapshot or "" for line in one.bench.lines()) == ["first", "second"]
        for host, manifest in zip((one, two), made, strict=True):
            host.require_whole(manifest, snapshots=2)


def test_two_hosts_that_make_the_same_snapshot_at_once_have_one(
    tmp_path: Path, clouds: Clouds
) -> None:
    """The same DAG run that was begun twice. One of them may be told that it is not needed."""
    with two_hosts(tmp_path, clouds) as (one, two):
        both_there = Barrier(2, timeout=60)
        one.fault("write", Before(both_there.wait), part="-repository/running/", times=2)

        def made(host: Saving) -> Manifest | ReconcileError:
            try:
                return host.bench.manifest(id="same")
            except ReconcileError as error:
                return error

        with ThreadPoolExecutor(2) as hosts:
            ends = list(hosts.map(made, (one, two)))
        found = [end for end in ends if isinstance(end, Manifest)]
        assert found
        assert all(end == found[0] for end in found)
        again = two.bench.manifest(id="same")
        assert one.saved(again) == OBJECTS
        assert [one.id for one in two.bench.loaded().manifests] == ["same"]
        assert two.bench.loaded().problems == ()
        assert two.bench.verify(read=1.0).sound


def _with_something_to_sweep(host: Saving) -> None:
    host.bench.put("notes", b"old")
    host.bench.manifest(id="old")
    host.bench.put("notes", b"new")
    host.bench.manifest(id="new")
    assert host.pruned().removed == ("old",)
    host.bench.forward(timedelta(hours=25))


def test_who_saves_what_is_being_swept_stores_it_again(tmp_path: Path, clouds: Clouds) -> None:
    with two_hosts(tmp_path, clouds) as (one, two), ThreadPoolExecutor(1) as beside:
        _with_something_to_sweep(one)
        two.bench.forward(one.bench.setting.now() - two.bench.setting.now())
        one.bench.put("notes", b"old")
        waits, is_swept = Event(), Event()

        def pause(_seconds: float) -> None:
            waits.set()
            assert is_swept.wait(60)

        def created() -> Manifest | None:
            dataset = two.bench.dataset
            opened = SnapshotWork.open(two.bench.setting, dataset, by="otto", pause=pause)
            with opened as work:
                return create(work, id="again").manifest

        begun = []

        def begin() -> None:
            begun.append(beside.submit(created))
            assert waits.wait(60)

        one.fault("delete", Before(begin), part="-repository/chunks/")
        done = one.pruned()
        is_swept.set()
        assert done.swept == 2  # and the list of objects
        manifest = begun[0].result()
        assert manifest is not None
        one.require_whole(manifest, {**OBJECTS, "notes": b"old"}, snapshots=3)


def test_nothing_is_swept_that_somebody_is_about_to_write_down(
    tmp_path: Path, clouds: Clouds
) -> None:
    with two_hosts(tmp_path, clouds) as (one, two):
        _with_something_to_sweep(one)
        two.bench.forward(one.bench.setting.now() - two.bench.setting.now())
        one.bench.put("notes", b"old")
        pruned = []
        sweep = Before(lambda: pruned.append(one.pruned()))
        one.fault("write", sweep, part="-repository/snapshots/")
        manifest = two.bench.manifest(id="again")
        assert [(done.swept, len(done.notes)) for done in pruned] == [(0, 1)]
        one.require_whole(manifest, {**OBJECTS, "notes": b"old"}, snapshots=3)


def test_marks_whose_answer_is_lost_are_there_once(saving: Saving) -> None:
    saving.bench.manifest()
    saving.bench.put("a", b"other")
    saving.bench.manifest()
    saving.fault("write", Lost(), part="-repository/marks/")
    assert saving.pruned().marked == 2
    assert len(saving.stored("marks/")) == 1
    saving.bench.forward(timedelta(hours=25))
    assert saving.pruned().swept == 2
    assert saving.bench.verify(read=1.0).sound


# What is read back, and copied.


@pytest.mark.parametrize(
    ("saving", "effect"),
    [("s3", FlippedOnTheWayOut(at=50)), ("blob", Reset(after=50))],
    ids=str,
    indirect=["saving"],
)
def test_what_breaks_once_on_the_way_back_is_no_damage(saving: Saving, effect: Effect) -> None:
    manifest = saving.bench.manifest()
    (chunk,) = saving.bench.objects(manifest)["a"].chunks
    for part in (f"-repository/chunks/{chunk.id[:2]}", "-repository/segments/"):
        saving.fault("read", effect, part=part)
    assert saving.bench.verify(id=manifest.id, read=1.0).sound
    assert saving.bench.loaded().standing(manifest.id).good


def test_what_always_comes_back_with_other_bytes_is_damage(saving: Saving) -> None:
    manifest = saving.bench.good()
    (chunk,) = saving.bench.objects(manifest)["a"].chunks
    part = f"-repository/chunks/{chunk.id[:2]}"
    saving.fault("read", FlippedOnTheWayOut(at=0), part=part, times=None)
    (verified,) = saving.bench.verify(read=1.0).snapshots
    assert (verified.damaged_objects, verified.damaged[0].partition(":")[0]) == (1, "a")
    with pytest.raises((NotFound, Damaged)):
        saving.copied()
    assert saving.other.count("write", f"/snapshots/orders/{manifest.id}") == 0
    saving.wire.proxy.script.clear()
    assert saving.bench.create().new_bytes == chunk.size
    assert saving.bench.verify(read=1.0).sound


def _require_copied(saving: Saving, manifest: Manifest) -> None:
    copied = [one for one in saving.bench.loaded(copy=True).manifests if one.id == manifest.id]
    assert saving.saved(copied[0], copy=True) == OBJECTS
    for is_copy in (False, True):
        found = saving.bench.loaded(copy=is_copy)
        told = [line for line in found.lines if line.action is LedgerAction.COPY]
        assert (found.problems, len(told)) == ((), 1)
    assert saving.bench.verify(read=1.0, copy=True).sound


@pytest.mark.parametrize(
    ("saving", "effect"), [("s3", Lost()), ("blob", FailsAfterwards())], indirect=["saving"]
)
def test_a_copy_whose_answers_are_lost_is_the_same(saving: Saving, effect: Effect) -> None:
    manifest = saving.bench.good()
    for part in PARTS:
        saving.other.fault("write", effect, part=f"-copy/{part}")
    saving.fault("write", effect, part="-repository/ledger/")
    saving.fault("read", FlippedOnTheWayOut(at=0), part="-repository/chunks/")
    assert saving.copied().bytes == sum(map(len, OBJECTS.values()))
    _require_copied(saving, manifest)


@pytest.mark.parametrize(("part", "nth"), [("chunks/", 2), ("ledger/", 1)])
def test_a_copy_that_loses_its_credentials_is_begun_again(
    saving: Saving, part: str, nth: int
) -> None:
    manifest = saving.bench.good()
    saving.other.fault("write", ExpiredCredentials(), part=f"-copy/{part}", nth=nth, times=None)
    with pytest.raises(AccessDenied):
        saving.copied()
    saving.other.proxy.script.clear()
    saving.copied()
    _require_copied(saving, manifest)
