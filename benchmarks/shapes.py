"""Is it linear? Awkward shapes, at one size and ten times that: `python -m benchmarks.shapes`.

Ten times as much should cost ten times as much at most, above what a comparison of nothing much
costs. Exits 1 where it costs more than the share below allows.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import versions_in
from benchmarks.machine import circumstances, told
from benchmarks.measuring import Measurement, median, program, run
from benchmarks.results import CACHE, ROOT, keep

_SIZES = {
    "files": 1_000,
    "row groups": 200,
    "columns": 30,
    "characters of a text": 100_000,
    "structs in one another": 2,
}
"""The smaller size of each shape."""

_MORE_THAN_LINEAR = 1.5
"""What noise and a larger table's caches may add."""

_SHORTEST = 0.1
"""Seconds: less than that above the least is noise, and is taken for that much."""

_EXPECTED = {"value_mismatch": 1, "missing_in_target": 1, "missing_in_source": 0}


@dataclass(frozen=True)
class Growth:
    """What ten times as much costs.

    Attributes:
        least: A comparison of twenty rows.
        small: One of the smaller size.
        large: One of ten times that.
    """

    least: Measurement
    small: Measurement
    large: Measurement

    def to_linear(self, figure: str) -> float:
        """1.0 where ten times as much costs ten times as much, above the least.

        Args:
            figure: `wall` or `cpu`.
        """
        least, small, large = (
            float(getattr(cost, figure)) for cost in (self.least, self.small, self.large)
        )
        return (large - least) / max(small - least, _SHORTEST) / 10


def _folder(shape: str, size: int) -> Path:
    folder = CACHE / "shapes" / f"{size} {shape}".replace(" ", "-")
    if not folder.exists():
        print(f"making {size:,} {shape}", file=sys.stderr)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made_by = [sys.executable, "-m", "benchmarks.shaped_data", str(folder), shape, str(size)]
        subprocess.run(made_by, check=True, cwd=ROOT)
    return folder


def _measured(folder: Path, strategy: str) -> Measurement:
    command = [program("reconcile"), "compare", str(folder / "source"), str(folder / "target")]
    with tempfile.TemporaryDirectory() as place:
        finished = run(
            [*command, "--key", "id", "--format", "json", "--strategy", strategy],
            env={"RECONCILE_STATE": f"sqlite:///{place}/state.db"},
        )
    if finished.exit_code != 1:
        sys.exit(f"{folder.name}: exit code {finished.exit_code}, not 1")
    counts = json.loads(finished.output)["counts"]
    if {kind: counts[kind] for kind in _EXPECTED} != _EXPECTED:
        sys.exit(f"{folder.name}: found {counts}, expected {_EXPECTED}")
    return finished.cost


def _growths(shapes: Sequence[str], rounds: int, strategy: str) -> Iterator[tuple[str, Growth]]:
    least = _folder("files", 1)
    for shape in shapes:
        places = (least, _folder(shape, _SIZES[shape]), _folder(shape, _SIZES[shape] * 10))
        costs = [[_measured(place, strategy) for place in places] for _ in range(rounds)]
        yield shape, Growth(*(median(column) for column in zip(*costs, strict=True)))


def markdown(growths: Mapping[str, Growth]) -> str:
    """One line a shape: what both sizes cost, and how that compares with linear."""
    lines = [
        "| shape | wall s | CPU s | peak MB | ten times: wall s | CPU s | peak MB "
        "| wall to linear | CPU to linear |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for shape, growth in growths.items():
        cells = [
            f"{cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory / 1e6:.0f}"
            for cost in (growth.small, growth.large)
        ]
        ratios = [f"{growth.to_linear(figure):.2f}" for figure in ("wall", "cpu")]
        lines.append(f"| {_SIZES[shape]:,} {shape} | " + " | ".join([*cells, *ratios]) + " |")
    return "\n".join(lines)


def main() -> int:
    """Measures the shapes that are asked for, prints the table, and keeps a whole run's."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shapes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", action="append", choices=_SIZES, help="repeatable")
    parser.add_argument("--strategy", default="auto")
    given = parser.parse_args()
    document = circumstances(versions_in(None, ("reconcile", "duckdb", "pyarrow")))
    growths = dict(_growths(given.shape or list(_SIZES), given.rounds, given.strategy))
    document["shapes"] = {shape: dataclasses.asdict(growth) for shape, growth in growths.items()}
    text = "\n\n".join([markdown(growths), f"Medians of {given.rounds} rounds. {told(document)}"])
    print(text)
    if growths.keys() == _SIZES.keys() and given.strategy == "auto" and given.rounds >= 3:
        keep("shapes", document, text)
    # Not wall: others on the machine make it grow.
    worst = max(growth.to_linear("cpu") for growth in growths.values())
    return int(worst > _MORE_THAN_LINEAR)


if __name__ == "__main__":
    sys.exit(main())
