"""Restores and prunes that are killed, and what becomes of them when somebody begins again.

`python -m tests.integration.restoring_killed FOLDER WHAT EVERY` kills a restore or two prunes
(`WHAT` is `restore` or `prune`) after every so many lasting changes (a write to the state, an
object, a part of one, a delete), in a forked process, and writes to `FOLDER/ends.json` how all lies
when they were begun again. Each crash point is told by its number and the change's name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 - pyarrow would import it anew in every fork, for a second

from reconcile.jobs.snapshots.pruning.pruning import prune
from reconcile.jobs.snapshots.restoring.restoring import restore
from reconcile.model.location import Location
from reconcile.model.snapshot import Retention
from reconcile.model.sync import Limits
from reconcile.repository import manifests
from reconcile.repository.repository import Repository
from reconcile.stores.local import LocalStore
from reconcile.stores.local_upload import LocalUpload
from tests.integration.killing import dies_after, killed_in_a_fork
from tests.integration.snapshotting import SnapshotBench, repository_store, snapshot_bench

_PIECE = 1024
LARGE = bytes(range(256)) * 6
"""Two pieces of content."""
OBJECTS = {"_SUCCESS": b"", "a.txt": b"a", "b/c.txt": b"c", "large": LARGE, "new.txt": b"new"}
_GRACE = timedelta(hours=25)
_CHANGES = (
    (LocalStore, "put"),
    (LocalStore, "delete"),
    (LocalUpload, "put_part"),
    (LocalUpload, "commit"),
)


def main(folder: Path, what: str, every: int) -> None:
    """Kills one after the other, each with a folder of its own."""
    template = folder / "template"
    _forked(template, _prepared)
    work = {"restore": _restored, "prune": _pruned}[what]
    ends: dict[str, Any] = {"disturbed": {}}
    for change in count(0, every):
        place = folder / f"{change}"
        shutil.copytree(template, place)
        # Change 0 is nobody's: that one is not disturbed.
        killed = _forked(place, _until_change(change, work))
        if not killed and change:
            break
        # Whoever is killed keeps others away for a while.
        _forked(place, lambda bench: _again(bench, work))
        end = json.loads((place / "end.json").read_text())
        if change:
            ends["disturbed"][f"{change} {(place / 'point').read_text()}"] = end
        else:
            ends["undisturbed"] = end
        shutil.rmtree(place)
    (folder / "ends.json").write_text(json.dumps(ends))


def _prepared(bench: SnapshotBench) -> None:
    """Two snapshots, of which the older one has content of its own."""
    Repository.create(repository_store(bench), now=bench.setting.now, chunk_size=_PIECE)
    bench.put("old.txt", b"old")
    for name in ("a.txt", "b/c.txt"):
        bench.put(name, OBJECTS[name])
    bench.good()
    bench.remove("old.txt")
    for name, data in OBJECTS.items():
        bench.put(name, data)
    bench.good()


def _restored(bench: SnapshotBench) -> None:
    with bench.work() as work:
        restore(work, to=_to(bench))


def _pruned(bench: SnapshotBench) -> None:
    for _ in range(2):
        with bench.work() as work:
            prune(work)
        bench.forward(_GRACE)


def _again(bench: SnapshotBench, work: Callable[[SnapshotBench], None]) -> None:
    bench.forward(2 * _GRACE)
    work(bench)
    _write(bench)


def _write(bench: SnapshotBench) -> None:
    """Everything that must be the same however often it was killed."""
    (newest,) = [one for one in bench.loaded().manifests if one.objects == len(OBJECTS)]
    stored = [info.name for info in repository_store(bench).list()]
    to = Path(_to(bench).path)
    there = bench.held(str(to)) if to.exists() else {}
    end = {
        "held": {name: _digest(data) for name, data in there.items()},
        "left over": [path.name for path in to.rglob(".reconcile-*")],
        "unfinished": [
            str(one) for one in bench.setting.state.unfinished_uploads.below(str(to), "")
        ],
        "snapshots": len(manifests.ids(bench.repository(), "orders")),
        "content": sorted(name for name in stored if name.startswith(("chunks/", "segments/"))),
        "marks": [name for name in stored if name.startswith("marks/")],
        "ledger": list(bench.loaded().problems),
        "sound": bench.verify(id=newest.id, read=1.0).sound,
    }
    (bench.bench.folder / "end.json").write_text(json.dumps(end))


def _to(bench: SnapshotBench) -> Location:
    return Location.parse(str(bench.bench.folder / "restored"))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _until_change(
    last: int, work: Callable[[SnapshotBench], None]
) -> Callable[[SnapshotBench], None]:
    """Works; dies right after so many lasting changes."""

    def run(bench: SnapshotBench) -> None:
        bench.forward(timedelta(hours=1))
        dies_after(last, _CHANGES, bench.bench.folder / "point")
        work(bench)

    return run


def _forked(folder: Path, work: Callable[[SnapshotBench], None]) -> bool:
    """Whether the work, in a process of its own, was killed before its end."""

    def at_work() -> None:
        limits, retention = Limits(parallel=1), Retention(daily=1)
        with snapshot_bench(folder, limits=limits, retention=retention) as bench:
            work(bench)

    return killed_in_a_fork(at_work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
