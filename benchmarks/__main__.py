"""Side by side, in one run: `python -m benchmarks [--scale 10] [--rounds 3]`.

Every contender compares the same two files as a process of its own, in turn, round after round;
its answer must be the known one. Exits 1 where ours is slower than the full join written by hand,
or takes as much memory.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import BY_HAND, CONTENDERS, OURS, Contender
from benchmarks.machine import machine, versions
from benchmarks.measuring import Measurement, median, run
from benchmarks.table import markdown

_ROOT = Path(__file__).resolve().parent.parent
_RESULTS = _ROOT / "benchmarks" / "results"


def _data(scale: int) -> tuple[Path, dict[str, int]]:
    """The folder of the data, made where it is not there, and the known answer."""
    folder = _ROOT / ".cache" / "benchmarks" / f"scale-{scale}"
    if not (folder / "answer.json").exists():
        print(f"making lineitem at scale {scale} in {folder.relative_to(_ROOT)}", file=sys.stderr)
        command = [sys.executable, "-m", "benchmarks.lineitem", str(folder), str(scale)]
        subprocess.run(command, check=True, cwd=_ROOT)
    return folder, json.loads((folder / "answer.json").read_text())


def _measure(contender: Contender, folder: Path, answer: dict[str, int]) -> Measurement:
    source, target = folder / "source.parquet", folder / "target.parquet"
    finished = run(contender.arguments(str(source), str(target)))
    if finished.exit_code != contender.exit_code:
        sys.exit(f"{contender.name}: exit code {finished.exit_code}, not {contender.exit_code}")
    if contender.counts is not None:
        found = contender.counts(finished.output)
        wrong = {kind: found.get(kind) for kind in answer if found.get(kind) != answer[kind]}
        if wrong:
            sys.exit(f"{contender.name}: found {wrong}, expected {answer}")
    return finished.cost


def main() -> int:
    """Measures, prints the table and keeps it below `benchmarks/results`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="of TPC-H; 1 is 6 million rows a side")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder, answer = _data(given.scale)
    measured_on = machine()
    rounds: dict[str, list[Measurement]] = {contender.name: [] for contender in CONTENDERS}
    for number in range(1, given.rounds + 1):
        for contender in CONTENDERS:
            print(f"round {number} of {given.rounds}: {contender.name}", file=sys.stderr)
            rounds[contender.name].append(_measure(contender, folder, answer))
    medians = {name: median(measured) for name, measured in rounds.items()}
    now = datetime.now(UTC)
    document = {
        "measured_at": now.isoformat(timespec="seconds"),
        "machine": measured_on,
        "versions": versions(CONTENDERS),
        "data": {"table": "lineitem", "scale": given.scale, "differences": answer},
        "rounds": {
            name: [dataclasses.asdict(one) for one in measured] for name, measured in rounds.items()
        },
    }
    table = markdown(document, medians, baseline=BY_HAND.name)
    print(table)
    suffix = "" if given.scale == 1 else f"-scale-{given.scale}"
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{now:%Y-%m-%d}{suffix}.json").write_text(json.dumps(document, indent=1) + "\n")
    (_RESULTS / f"latest{suffix}.md").write_text(table + "\n")
    ours, by_hand = medians[OURS.name], medians[BY_HAND.name]
    return int(ours.wall > by_hand.wall or ours.memory >= by_hand.memory)


if __name__ == "__main__":
    sys.exit(main())
