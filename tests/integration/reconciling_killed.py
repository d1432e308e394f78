"""Runs that are killed, and what becomes of them when somebody carries on.

`python -m tests.integration.reconciling_killed FOLDER` kills one run after each of its lasting
changes, in a forked process, and writes to `FOLDER/ends.json` how the window ends afterwards:
taken up where it stopped under the same id (`retried`), and run anew (`anew`) when the lease has
ended.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 - pyarrow would import it anew in every fork, for a second

from reconcile.errors import NotFound
from reconcile.jobs.run_comparison import compare
from reconcile.jobs.working import LEASE
from reconcile.model.run import Step
from reconcile.state.transactions import Transactions
from reconcile.stores.local import LocalStore
from tests.integration.killing import killed_in_a_fork
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, rows, workbench

RUN = "killed"
"""The id of the run that is killed."""

_ANEW_EVERY = 6
"""A run anew is tried after every so many changes."""

_MADE = ("state.db", "state.db-wal", "state.db-shm", "artifacts", "spool", "end.json")


def main(folder: Path) -> None:
    _forked(folder, _first_run)
    before = _saved(folder, "before")
    _forked(folder, _retry)
    ends: dict[str, Any] = {"undisturbed": _read(folder), "retried": {}, "anew": {}}
    for change in count():
        _restored(folder, before)
        if not _forked(folder, _until_change(change) if change else _until_bytes_arrive):
            break
        if change % _ANEW_EVERY == 0:
            killed = _saved(folder, "killed")
            _forked(folder, _anew)
            ends["anew"][change] = _read(folder)
            _restored(folder, killed)
        _forked(folder, _retry)
        ends["retried"][change] = _read(folder)
    (folder / "ends.json").write_text(json.dumps(ends))


def _first_run(bench: Workbench) -> None:
    """An earlier run leaves a letter to see again and one to close."""
    bench.write("source", GOOD)
    bench.write("target", [*DIFFERING, {"id": 7, "v": 7.0, "n": None}])
    bench.run()
    bench.write("target", DIFFERING)


def _until_bytes_arrive(bench: Workbench) -> None:
    bench.steps(RUN, Step.PLAN)
    compare(bench.setting, bench.dataset(), RUN, progress=lambda *_: _die())


def _until_change(last: int) -> Callable[[Workbench], None]:
    """Runs the window; dies right after so many lasting changes."""
    changes = count(1)

    def changed() -> None:
        if next(changes) == last:
            _die()

    @contextmanager
    def write(transactions: Transactions) -> Iterator[Any]:
        with original_write(transactions) as connection:
            yield connection
        changed()

    def put(*args: Any, **kwargs: Any) -> Any:
        written = original_put(*args, **kwargs)
        changed()
        return written

    def run(bench: Workbench) -> None:
        # In a process of its own, so nothing needs to be put back.
        Transactions.write, LocalStore.put = write, put  # type: ignore[method-assign,assignment]
        bench.steps(RUN)

    original_write, original_put = Transactions.write, LocalStore.put
    return run


def _retry(bench: Workbench) -> None:
    """Does what the run has not done yet, under its id, as a scheduler does that lost a worker."""
    try:
        done = bench.setting.state.runs.get(RUN).steps
    except NotFound:
        done = ()
    bench.steps(RUN, *[step for step in Step if step not in done] or [Step.VERDICT])
    _write(bench, {"rows": repr(rows(bench.state_url)), "report": _report(bench)})


def _anew(bench: Workbench) -> None:
    """Runs the window anew, at once and again when the lease has ended."""
    holder = bench.setting.state.leases.holder("orders", bench.window().name)
    held = bench.run() if holder else None
    bench.clock.forward(LEASE)
    ran = bench.run()
    known = bench.setting.state.runs.exists(RUN)
    killed = bench.setting.state.runs.get(RUN) if known else None
    _write(
        bench,
        {
            "held": held.error.line() if held and held.error else None,
            "verdict": ran.verdict,
            "letters": bench.told(),
            "killed": killed and (killed.status, killed.error),
            "leases": rows(bench.state_url)["window_leases"],
        },
    )


def _report(bench: Workbench) -> str:
    lines = (bench.folder / "artifacts" / "runs" / RUN / "report.json").read_text().splitlines()
    return "\n".join(line for line in lines if '"seconds"' not in line)


def _write(bench: Workbench, end: Any) -> None:
    (bench.folder / "end.json").write_text(json.dumps(end))


def _read(folder: Path) -> Any:
    return json.loads((folder / "end.json").read_text())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _forked(folder: Path, work: Callable[[Workbench], None]) -> bool:
    """Whether the work, in a process of its own, was killed before its end."""

    def at_work() -> None:
        with workbench(folder) as bench:
            work(bench)

    return killed_in_a_fork(at_work)


def _saved(folder: Path, name: str) -> Path:
    """What a run has made, copied aside. What it reads stays: pins know files by their inodes."""
    copy = folder / name
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    _copied(folder, copy)
    return copy


def _restored(folder: Path, copy: Path) -> None:
    for name in _MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    _copied(copy, folder)


def _copied(origin: Path, destination: Path) -> None:
    for path in (origin / name for name in _MADE):
        if path.is_dir():
            shutil.copytree(path, destination / path.name)
        elif path.exists():
            shutil.copy2(path, destination)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
