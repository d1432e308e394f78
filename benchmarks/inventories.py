"""Two inventories of a million objects: `python -m benchmarks.inventories [--objects 1000000]`.

S3's is compared with Azure's, as the services deliver them: Parquet, CSV, one of each, and with
every difference written to a file while the process may hold 1 GB. Fetching is not measured: the
files lie on disk. Each comparison is a process of its own, in turn, round after round; its answer
must be the known one. Exits 1 where a bar that was met is missed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bars
from benchmarks.environments import versions_in
from benchmarks.machine import circumstances, told
from benchmarks.measuring import Measurement, median, program, run
from benchmarks.results import CACHE, ROOT, keep

MILLION = 1_000_000
_NAME = "inventories"


@dataclass(frozen=True)
class Pairing:
    """Two inventories, and how they are compared.

    Attributes:
        name: For people, and what its figures are kept under.
        source: Folder of the source's.
        target: Folder of the target's.
        memory: What the process may hold; None leaves it to the default.
    """

    name: str
    source: str
    target: str
    memory: str | None = None


PAIRINGS = (
    Pairing("Parquet", "s3-parquet-source", "azure-parquet-target"),
    Pairing("CSV", "s3-csv-source", "azure-csv-target"),
    Pairing("one of each", "azure-csv-source", "azure-parquet-target"),
    Pairing("CSV, differences written", "s3-csv-source", "azure-csv-target", memory="1GB"),
)


def main() -> int:
    """Measures, prints the table and the bars, and keeps them where a million objects are meant."""
    given = _arguments()
    data = _data(given.objects)
    costs: dict[str, list[Measurement]] = {pairing.name: [] for pairing in PAIRINGS}
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds}", file=sys.stderr)
        for pairing in PAIRINGS:
            costs[pairing.name].append(_measured(pairing, data, given.objects))
    document = {
        **circumstances(versions_in(None, ("reconcile", "duckdb", "pyarrow"))),
        "objects": given.objects,
        "rounds": {name: [dataclasses.asdict(one) for one in of] for name, of in costs.items()},
    }
    results = [
        result for result in bars.measured(bars.BARS, {_NAME: document}) if result.bar.of == _NAME
    ]
    text = "\n\n".join([_table(costs, given.objects), bars.markdown(results), told(document)])
    print(text)
    if given.objects != MILLION:
        return 0  # of other numbers the bars are figures, not promises
    if given.rounds >= 3:
        keep(_NAME, document, text)
    return int(bool(bars.broken(results, _NAME)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inventories", description=__doc__)
    parser.add_argument("--objects", type=int, default=MILLION, help="of each inventory")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _data(objects: int) -> Path:
    folder = CACHE / f"inventories-{objects}"
    if not folder.exists():
        print(f"making {folder.relative_to(ROOT)}", file=sys.stderr)
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.inventory_data", str(folder), str(objects)]
        subprocess.run(command, check=True, cwd=ROOT)
    return folder


def _measured(pairing: Pairing, data: Path, objects: int) -> Measurement:
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        env = {"RECONCILE_SPOOL": place}
        options = ["--format", "json"]
        if pairing.memory is not None:
            env["RECONCILE_MEMORY"] = pairing.memory
            options += ["--output", f"{place}/differences.parquet"]
        sides = (str(data / pairing.source), str(data / pairing.target))
        finished = run([program("reconcile"), "inventories", *sides, *options], env=env)
    if finished.exit_code != 1:
        sys.exit(f"{pairing.name}: exit code {finished.exit_code}, not 1")
    answer = json.loads(finished.output)
    found = {kind: answer[kind]["objects"] for kind in _expected(objects)}
    if found != _expected(objects):
        sys.exit(f"{pairing.name}: found {found}, expected {_expected(objects)}")
    return finished.cost


def _expected(objects: int) -> Mapping[str, int]:
    # Told anew, since what makes the data imports what is large, and this process must stay small.
    missing, extra, different = 1_000, 2_000, 3_000
    return {
        "missing_in_target": min(missing, objects),
        "missing_in_source": min(extra, objects),
        "different": min(different, max(0, objects - missing)),
    }


def _table(costs: Mapping[str, Sequence[Measurement]], objects: int) -> str:
    lines = [
        f"**Two inventories of {objects:,} objects each**",
        "",
        "| files | wall s | CPU s | memory, GB |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, rounds in costs.items():
        cost = median(rounds)
        lines.append(f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.memory / 1e9:.2f} |")
    lines += ["", "Medians of rounds, every process whole, in turn; each answer was checked."]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
