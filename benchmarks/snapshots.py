"""Snapshots beside restic: `python -m benchmarks.snapshots [--rounds 3]`.

200 Parquet files of 15 MB are saved into a local repository, encrypted; saved again when nothing
has changed, and when one file was rewritten; then all data is verified, and restored. Each is a
process of its own, ours and restic's in turn over the same files on the same disk. restic comes
from the system's packages; without it nothing is measured. Exits 1 where a bar that was met is
missed.
"""

from __future__ import annotations

import argparse
import dataclasses
import filecmp
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import bars
from benchmarks.environments import versions_in
from benchmarks.machine import circumstances, told
from benchmarks.measuring import Command, Measurement, median, run
from benchmarks.results import CACHE, ROOT, keep
from benchmarks.savers import (
    RECONCILE,
    RESTIC,
    Reconcile,
    Restic,
    answer,
    restic_version,
)

_NAME = "snapshots"
_FEWEST_ROUNDS = 3
_REWRITTEN = 100
_ALL = "data"
_ONE = "one_file"

STARTUP = f"{RECONCILE}, one small file, nothing changed"
FIRST, AGAIN, CHANGED = "first", "nothing changed", "1 of 200 rewritten"
VERIFY, RESTORE = "all data verified", "restored"

Costs = Mapping[str, Measurement]
"""By who did what: `STARTUP`, or `name(who, what)`."""


def name(who: str, what: str) -> str:
    """What a figure is kept under."""
    return f"{who}, {what}"


def main() -> int:
    """Measures, prints the table and the bars, and keeps them where it was done in full."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshots", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_FEWEST_ROUNDS)
    given = parser.parse_args()
    version = restic_version()
    if version is None:
        print("nothing measured: restic is not here (Debian: apt install restic)", file=sys.stderr)
        return 0
    data = _data()
    document = circumstances(
        versions_in(None, ("reconcile", "cryptography", "pyarrow")) | {RESTIC: version}
    )
    rounds: list[Costs] = []
    read = []
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds}", file=sys.stderr)
        costs, read_unchanged = _round(data, ours_first=number % 2 == 0)
        rounds.append(costs)
        read.append(read_unchanged)
    document |= {
        "figures": figures(rounds) | {"unchanged_read": max(read)},
        "rounds": [
            {step: dataclasses.asdict(cost) for step, cost in one.items()} for one in rounds
        ],
    }
    results = [
        result for result in bars.measured(bars.BARS, {_NAME: document}) if result.bar.of == _NAME
    ]
    text = "\n\n".join([_table(rounds), bars.markdown(results), told(document)])
    print(text)
    if given.rounds >= _FEWEST_ROUNDS:
        keep(_NAME, document, text)
        return int(bool(bars.broken(results, _NAME)))
    return 0


def figures(rounds: Sequence[Costs]) -> dict[str, float]:
    """What the bars are about, of the medians."""

    def wall(step: str) -> float:
        return statistics.median(one[step].wall for one in rounds)

    def to_restic(what: str) -> float:
        return wall(name(RECONCILE, what)) / wall(name(RESTIC, what))

    def to_first(what: str) -> float:
        beyond = wall(name(RECONCILE, what)) - wall(STARTUP)
        return beyond / (wall(name(RECONCILE, FIRST)) - wall(STARTUP))

    ours = [cost for one in rounds for step, cost in one.items() if step.startswith(RECONCILE)]
    return {
        "first": to_restic(FIRST),
        "verify": to_restic(VERIFY),
        "restore": to_restic(RESTORE),
        "unchanged": to_first(AGAIN),
        "changed": to_first(CHANGED),
        "memory": max(cost.memory for cost in ours) / 1e6,
    }


def _data() -> Path:
    """The files, made where they are not there."""
    folder = CACHE / "snapshot-data"
    if not (folder / "made").exists():
        print(f"making 3 GB in {folder}", file=sys.stderr)
        command = [sys.executable, "-m", "benchmarks.snapshot_data", str(folder / "all")]
        subprocess.run(command, check=True, cwd=ROOT)
        (folder / "made").touch()
    return folder / "all"


def _round(data: Path, *, ours_first: bool) -> tuple[Costs, float]:
    """Everything once, into repositories that are new; and what was read when nothing changed."""
    with tempfile.TemporaryDirectory(dir=CACHE) as made:
        place = Path(made)
        ours, restic = Reconcile(place / "ours"), Restic(place, data)
        small = place / "small"
        _link(next(data.glob("*/*.parquet")), small / "day=2013-01-01" / "part-0.parquet")
        ours.prepare({_ALL: data, _ONE: small})
        restic.prepare()
        costs: dict[str, Measurement] = {}

        def both(what: str, command: Command, rival: Command) -> str:
            output = {}
            pairs = [(RECONCILE, command), (RESTIC, rival)]
            for who, chosen in pairs if ours_first else reversed(pairs):
                costs[name(who, what)], output[who] = _step(chosen, cwd=data)
            return output[RECONCILE]

        create = ours.command("create", _ALL)
        _step(ours.command("create", _ONE))
        costs[STARTUP], _ = _step(ours.command("create", _ONE))
        both(FIRST, create, restic.backup())
        again = answer(both(AGAIN, create, restic.backup()))
        with _rewritten(data):
            both(CHANGED, create, restic.backup())
            both(VERIFY, ours.command("verify", _ALL, "--read", "all"), restic.check())
            back = place / "restored", place / "restored-by-restic"
            both(
                RESTORE,
                ours.command("restore", _ALL, "--to", str(back[0])),
                restic.restore(back[1]),
            )
            for folder in back:
                _require_same(data, folder)
        return costs, float(str(again["read_bytes"]))


@contextmanager
def _rewritten(data: Path) -> Iterator[None]:
    """One file has other content in the block, and its own again afterwards."""
    _write(data, seed=1)
    try:
        yield
    finally:
        _write(data, seed=0)


def _write(data: Path, *, seed: int) -> None:
    # By a process of its own: whoever measures must stay small.
    code = (
        "import sys; from pathlib import Path; from benchmarks.snapshot_data import write; "
        f"write(Path(sys.argv[1]), {_REWRITTEN}, seed={seed})"
    )
    subprocess.run([sys.executable, "-c", code, str(data)], check=True, cwd=ROOT)


def _link(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True)
    shutil.copyfile(file, to)


def _step(command: Command, *, cwd: Path | None = None) -> tuple[Measurement, str]:
    os.sync()  # what was written before is not to be waited for now
    finished = run(command.arguments, env=command.env, cwd=None if cwd is None else str(cwd))
    if finished.exit_code != 0:
        sys.exit(f"{command.arguments}: exit code {finished.exit_code}\n{finished.output}")
    return finished.cost, finished.output


def _require_same(data: Path, restored: Path) -> None:
    """Ends it all where a file did not come back as it is, whatever whoever restored it says."""
    for file in data.glob("*/*.parquet"):
        if not filecmp.cmp(file, restored / file.relative_to(data), shallow=False):
            sys.exit(f"{restored}: {file.relative_to(data)} is not what was saved")


def _table(rounds: Sequence[Costs]) -> str:
    lines = [
        "**200 files of 15 MB, encrypted, to a local repository**",
        "",
        "| run | wall s | CPU s | peak MB |",
        "| --- | ---: | ---: | ---: |",
    ]
    for step in rounds[0]:
        cost = median([one[step] for one in rounds])
        lines.append(f"| {step} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory / 1e6:.0f} |")
    return "\n".join([*lines, "", f"Medians of {len(rounds)} rounds."])


if __name__ == "__main__":
    sys.exit(main())
