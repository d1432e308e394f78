"""Syncs that are killed, and what becomes of them when somebody carries on.

`python -m tests.integration.synchronising_killed FOLDER EVERY` with `DESTINATION` in the
environment kills one sync after each of its lasting changes (a write to the state, an artifact, an
object, a part of one, a delete), or after every so many, in a forked process, and writes to
`FOLDER/ends.json` how the window ends afterwards: taken up where it stopped under the same id, and
run anew when the lease has ended. Each crash point is told by its number and the change's name.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 - pyarrow would import it anew in every fork, for a second

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import NotFound
from reconcile.jobs import synchronisation
from reconcile.jobs.sync_commit import commit
from reconcile.jobs.sync_reporting import report
from reconcile.jobs.sync_verification import verify
from reconcile.jobs.working import LEASE
from reconcile.model.run import SyncStep
from reconcile.model.sync import Brake, Limits
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.blob_upload import BlobUpload
from reconcile.stores.local import LocalStore
from reconcile.stores.local_upload import LocalUpload
from reconcile.stores.s3 import S3Store
from reconcile.stores.s3_upload import S3Upload
from tests.contract.site import Given
from tests.integration.killing import dies_after, killed_in_a_fork
from tests.integration.reconciling import DAY, workbench
from tests.integration.synchronising import RULES, SyncBench
from tests.stores import blob_service, s3_client

RUN = "killed"
"""The id of the run that is killed."""

_ANEW_EVERY = 3
"""A run anew is tried after every so many changes."""

_PART = 1000
_ONE = Limits(parallel=1)
_RULES = replace(
    RULES,
    deletes=True,
    brake=Brake(Decimal(1), 10),
    part_size=_PART,
    limits=dict.fromkeys((RULES.origin, RULES.destination), _ONE),
)
OBJECTS = {
    "_SUCCESS": b"",
    "changed": b"as it is now",
    "large": bytes(range(256)) * 13,
    "new": b"new",
    "same": b"same",
}
"""What the origin holds; `large` has four parts."""
_BEFORE = {"changed": b"as it was", "gone": b"gone", "same": b"same", "large": b"another"}
"""What lies at the destination: something to replace, to prove, and to delete."""

_CHANGES = (
    (LocalStore, "put"),
    (LocalStore, "delete"),
    (S3Store, "put"),
    (S3Store, "delete"),
    (S3Store, "upload"),
    (BlobStore, "put"),
    (BlobStore, "delete"),
    *(
        (kind, name)
        for kind in (LocalUpload, S3Upload, BlobUpload)
        for name in ("put_part", "commit")
    ),
)


def main(folder: Path, every: int) -> None:
    """Kills one sync after the other, each with a folder and a destination of its own."""
    template = folder / "template"
    _forked(template, _prepared)
    ends: dict[str, Any] = {"retried": {}, "anew": {}}
    for change in count(0, every):
        place = folder / f"{change}"
        shutil.copytree(template, place)
        # Change 0 is nobody's: that sync is not disturbed.
        killed = _forked(place, _until_change(change))
        if not killed and change:
            break
        if change and change // every % _ANEW_EVERY == 0:
            _forked(place, _anew)
            ends["anew"][_point(place, change)] = _read(place)
        elif change:
            _forked(place, _retry)
            ends["retried"][_point(place, change)] = _read(place)
        else:
            _forked(place, _write)
            ends["undisturbed"] = _read(place)
    (folder / "ends.json").write_text(json.dumps(ends))


def _prepared(bench: SyncBench) -> None:
    """What the origin holds."""
    for name, data in OBJECTS.items():
        bench.write(name, data)


def _point(folder: Path, change: int) -> str:
    return f"{change} {(folder / 'point').read_text()}"


def _until_change(last: int) -> Callable[[SyncBench], None]:
    """Syncs the window; dies right after so many lasting changes."""

    def run(bench: SyncBench) -> None:
        for name, data in _BEFORE.items():
            bench.write(name, data, side="target")
        dies_after(last, _CHANGES, bench.bench.folder / "point")
        _steps(bench, tuple(SyncStep))

    return run


def _steps(bench: SyncBench, steps: tuple[SyncStep, ...]) -> None:
    work = bench.work()
    for step in steps:
        match step:
            case SyncStep.PLAN:
                synchronisation.plan(work, bench.window(), RUN)
            case SyncStep.COPY:
                synchronisation.copy(work, RUN)
            case SyncStep.VERIFY:
                verify(work, RUN)
            case SyncStep.COMMIT:
                commit(work, RUN)
            case SyncStep.REPORT:
                report(work, RUN)


def _retry(bench: SyncBench) -> None:
    """Does what the run has not done yet, under its id, as a scheduler does that lost a worker."""
    try:
        done = bench.setting.state.runs.get(RUN).steps
    except NotFound:
        done = ()
    rest = tuple(step for step in SyncStep if step not in done)
    _steps(bench, rest or (SyncStep.REPORT,))
    _write(bench)


def _anew(bench: SyncBench) -> None:
    """Syncs the window anew when the lease of the killed one has ended."""
    bench.bench.clock.forward(LEASE)
    done = bench.sync()
    if done.exit_code:
        raise SystemExit(f"a sync anew ended with {done}")
    _write(bench)


def _write(bench: SyncBench) -> None:
    """Everything that must be the same however often it was killed."""
    state, work = bench.setting.state, bench.work()
    destination = work.sides(bench.window()).destination
    store = destination.store
    names = [destination.full_name(name) for name in OBJECTS]
    end = {
        "held": {name: data.hex() for name, data in sorted(bench.held().items())},
        "ledger": {
            name: [entry.equality, entry.origin_value, entry.destination_value]
            for name, entry in sorted(bench.entries().items())
        },
        "window": state.sync_ledger.windows("orders", work.place)[DAY].state,
        "unfinished": [str(one) for one in state.unfinished_uploads.below(store.address, "")],
        "orphans": [upload for name in names for upload in store.uploads_of(name)],
        "lease": str(state.leases.holder("orders", f"sync {DAY}")),
        "left over": [path.name for path in bench.bench.folder.rglob(".reconcile-*")],
    }
    (bench.bench.folder / "end.json").write_text(json.dumps(end))


def _read(folder: Path) -> Any:
    return json.loads((folder / "end.json").read_text())


@contextmanager
def _bench(folder: Path) -> Iterator[SyncBench]:
    """A bench whose target lies where the environment says, in a place of the folder's name."""
    folder.mkdir(parents=True, exist_ok=True)
    said = json.loads(os.environ["DESTINATION"])
    clients = Given()
    if "s3" in said:
        clients = Given(s3=s3_client(S3Endpoint(**said["s3"])))
    elif "az" in said:
        clients = Given(blob=blob_service(BlobEndpoint(**said["az"])))
    target = f"{said['location']}/{folder.name}"
    with workbench(folder, clients=clients) as bench:
        yield SyncBench(bench, str(folder / "source"), target, _RULES)


def _forked(folder: Path, work: Callable[[SyncBench], None]) -> bool:
    """Whether the work, in a process of its own, was killed before its end."""

    def at_work() -> None:
        with _bench(folder) as bench:
            work(bench)

    return killed_in_a_fork(at_work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
