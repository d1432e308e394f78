"""Creates and copies of snapshots that are killed, and what becomes of them when somebody goes on.

`python -m tests.integration.snapshotting_killed FOLDER create|copy` kills one after each of its
lasting changes (an object that is written or deleted, a write to the state; of a copy after every
fourth), in a forked process, and writes to `FOLDER/ends.json` how repository and state end
afterwards: done again under the same id, and anew by somebody else when the lease has ended. Each
crash point is told by its number and the change's name.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 - pyarrow would import it anew in every fork, for a second

import reconcile.engines.footer  # noqa: F401 - likewise
from reconcile.jobs.snapshots.creating.creation import create
from reconcile.jobs.snapshots.proving.copying import copy
from reconcile.jobs.working import LEASE
from reconcile.model.snapshot import LedgerAction
from reconcile.model.sync import Limits
from reconcile.stores.local import LocalStore
from tests.integration.killing import dies_after, killed_in_a_fork
from tests.integration.reconciling import DAY, GOOD
from tests.integration.snapshotting import (
    SnapshotBench,
    repository_store,
    rules_of,
    snapshot_bench,
)

ID = "killed"
"""The snapshot that is created, or copied."""
_ANEW_EVERY = 4


def main(folder: Path, what: str) -> None:
    """Kills one after the other, each with a folder of its own."""
    template, work = folder / "template", {"create": _create, "copy": _copy}[what]
    _forked(template, _prepared if what == "create" else _prepared_for_a_copy)
    ends: dict[str, Any] = {"retried": {}, "anew": {}}
    for change in count(0, 1 if what == "create" else 4):
        place = folder / f"{change}"
        shutil.copytree(template, place)
        # Change 0 is nobody's: that one is not disturbed.
        killed = _forked(place, _until_change(change, work))
        if not killed and change:
            break
        if change:
            _forked(place, lambda bench: _again(bench, work))
            ends["retried"][_point(place, change)] = _read(place)
            if what == "create" and change % _ANEW_EVERY == 0:
                again = folder / f"{change}-anew"
                shutil.copytree(template, again)
                _forked(again, _until_change(change, work))
                _forked(again, _anew)
                ends["anew"][_point(again, change)] = _read(again)
        else:
            _forked(place, _write)
            ends["undisturbed"] = _read(place)
    (folder / "ends.json").write_text(json.dumps(ends))


def _prepared(bench: SnapshotBench) -> None:
    """An earlier snapshot, and an origin that has gone on since."""
    bench.write_days()
    bench.good(id="earlier")
    bench.write(GOOD[:2])
    bench.put(f"day={DAY}/_SUCCESS", b"")
    bench.remove("day=2013-01-04/part.parquet")


def _prepared_for_a_copy(bench: SnapshotBench) -> None:
    _prepared(bench)
    bench.good(id=ID)


def _create(bench: SnapshotBench) -> None:
    with bench.work() as work:
        create(work, id=ID)


def _copy(bench: SnapshotBench) -> None:
    with bench.work() as work:
        copy(work, id=ID)


def _again(bench: SnapshotBench, work: Callable[[SnapshotBench], None]) -> None:
    work(bench)
    _write(bench)


def _anew(bench: SnapshotBench) -> None:
    """Somebody else's snapshot when the lease of the killed one has ended."""
    bench.forward(LEASE)
    bench.good(id="next")
    _write(bench)


def _until_change(
    last: int, work: Callable[[SnapshotBench], None]
) -> Callable[[SnapshotBench], None]:
    """Works; dies right after so many lasting changes."""

    def run(bench: SnapshotBench) -> None:
        changes = [(LocalStore, name) for name in ("put", "delete")]
        dies_after(last, changes, bench.bench.folder / "point", called=_called)
        work(bench)

    return run


def _called(change: str, args: tuple[Any, ...]) -> str:
    """A change by the first folder of the object that it is of."""
    if not args:
        return "write to the state"
    _, name, *_ = args
    return f"{change.rpartition('.')[2]} {name.partition('/')[0]}"


def _write(bench: SnapshotBench) -> None:
    """Everything that must be the same however often it was killed."""
    end: dict[str, Any] = {"left over": [p.name for p in bench.bench.folder.rglob(".reconcile-*")]}
    for is_copy in (False, True):
        store = repository_store(bench, copy=is_copy)
        if not Path(store.root).exists():
            continue
        found = bench.loaded(copy=is_copy)
        state = bench.setting.state
        id = bench.repository(copy=is_copy).id
        end["second" if is_copy else "first"] = {
            "chunks": sorted(info.name for info in store.list("chunks/")),
            "segments": len(list(store.list("segments/"))),
            # What a copy at work wrote stays until it is stale; verifying again is another line.
            "running": [i.name for i in store.list("running/") if ".copy." not in i.name],
            "lines": [
                f"{line.action} {line.snapshot}"
                for line in found.lines
                if line.action is not LedgerAction.VERIFY
            ],
            "problems": list(found.problems),
            "snapshots": {
                one.manifest.id: {
                    "objects": {
                        name: saved.sha256
                        for name, saved in bench.objects(one.manifest, copy=is_copy).items()
                    },
                    "consistency": one.manifest.consistency,
                    "rows": one.manifest.rows,
                    "recorded": one.recorded_at is not None,
                }
                for one in found.standings
            },
            "known": sorted(o.id for o in state.snapshots.list("orders") if o.repository == id),
            "mirrored": len(state.snapshot_ledger.lines(id)) == len(found.lines),
            "sound": bench.verify(read=1.0, copy=is_copy).sound,
        }
    end["lease"] = str(bench.setting.state.leases.holder("orders", "snapshots"))
    (bench.bench.folder / "end.json").write_text(json.dumps(end))


def _point(folder: Path, change: int) -> str:
    return f"{change} {(folder / 'point').read_text()}"


def _read(folder: Path) -> Any:
    return json.loads((folder / "end.json").read_text())


@contextmanager
def _bench(folder: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(folder, copy=str(folder)) as bench:
        place = bench.rules.copy
        if place is None:
            raise AssertionError("there is no second repository")
        # In every fork the same.
        second = type(place)(str(folder / "second"))
        limits = Limits(parallel=1)
        bench.rules = rules_of(str(folder / "repository"), copy=second, limits=limits)
        yield bench


def _forked(folder: Path, work: Callable[[SnapshotBench], None]) -> bool:
    """Whether the work, in a process of its own, was killed before its end."""

    def at_work() -> None:
        with _bench(folder) as bench:
            work(bench)

    return killed_in_a_fork(at_work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
