"""Snapshots of a million objects: `python -m benchmarks.snapshot_listings [--objects 1000000]`.

Five snapshots, each of 100 objects more than the one before. What the next create would do, what
snapshots there are, and what a prune would remove are each found out by a process of its own. Only
what is known of objects is there (`synthetic_snapshot`): their content is not looked at.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import bars
from benchmarks.environments import versions_in
from benchmarks.machine import circumstances, told
from benchmarks.measuring import Measurement, median, run
from benchmarks.results import CACHE, ROOT, keep

MILLION = 1_000_000
_NAME = "snapshot-listings"
_DATASET = """\
dataset: million
schedule: "0 5 * * *"
timezone: UTC
grain: day
start: 2013-01-01
source: {{location: "{place}/origin"}}
target: {{location: "{place}/no-target"}}
compare: {{match_key: [id]}}
snapshot: {{of: source, repository: "{place}/repository", retention: {{daily: 2}}}}
"""
_TASKS = {
    "create": "a create planned, 100 objects new",
    "list": "5 snapshots listed",
    "prune": "a prune planned, 3 of 5 to go",
}
_EXPECTED = {"create": [MILLION + 400, 100], "list": [5], "prune": [3]}


def main() -> int:
    """Measures, prints the table and the bars, and keeps them where a million objects are meant."""
    given = _arguments()
    if given.task:
        return _carry_out(given.task, Path(given.folder), given.objects)
    CACHE.mkdir(parents=True, exist_ok=True)
    costs: dict[str, list[Measurement]] = {task: [] for task in _TASKS}
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        words = [sys.executable, "-m", "benchmarks.snapshot_listings"]
        words += ["--objects", str(given.objects), "--folder", place]
        subprocess.run([*words, "--task", "write"], check=True, cwd=ROOT)
        for _ in range(given.rounds):
            for task, cost in costs.items():
                finished = run([*words, "--task", task], cwd=str(ROOT))
                found = json.loads(finished.output) if finished.exit_code == 0 else None
                if given.objects == MILLION and found != _EXPECTED[task]:
                    sys.exit(f"{task}: found {found}, expected {_EXPECTED[task]}")
                cost.append(finished.cost)
    figures = {task: statistics.median(one.wall for one in of) for task, of in costs.items()}
    figures["memory"] = max(one.memory for of in costs.values() for one in of) / 1e6
    document = circumstances(versions_in(None, ("reconcile", "numpy"))) | {
        "objects": given.objects,
        "figures": figures,
        "rounds": {task: [dataclasses.asdict(one) for one in of] for task, of in costs.items()},
    }
    results = [
        result for result in bars.measured(bars.BARS, {_NAME: document}) if result.bar.of == _NAME
    ]
    text = "\n\n".join([_table(costs, given.objects), bars.markdown(results), told(document)])
    print(text)
    if given.objects == MILLION:
        keep(_NAME, document, text)
        return int(bool(bars.broken(results, _NAME)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.snapshot_listings", description=__doc__
    )
    parser.add_argument("--objects", type=int, default=MILLION)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--task", choices=["write", *_TASKS], help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _carry_out(task: str, folder: Path, objects: int) -> int:
    """One task, in a process of its own; whoever measures stays small."""
    from benchmarks import synthetic_snapshot  # noqa: PLC0415

    if task == "write":
        synthetic_snapshot.write(folder, "million", objects)
        return 0
    from reconcile.config.datasets import load_dataset  # noqa: PLC0415
    from reconcile.jobs.setting import Setting  # noqa: PLC0415

    file = folder / "million.yaml"
    file.write_text(_DATASET.format(place=folder))
    environ = {
        "RECONCILE_STATE": f"sqlite:///{folder}/state.db",
        "RECONCILE_ARTIFACTS": str(folder / "artifacts"),
    }
    with Setting.open(environ=environ) as setting:
        work = synthetic_snapshot.work_on(folder, setting, load_dataset(file), objects)
        with work:
            if task == "create":
                from reconcile.jobs.snapshots.creating.creation import create  # noqa: PLC0415

                planned = create(work, dry_run=True)
                found = [planned.kept, planned.read]
            elif task == "list":
                from reconcile.jobs.snapshots.loading import loaded  # noqa: PLC0415

                found = [len(loaded(work, work.repository()).standings)]
            else:
                from reconcile.jobs.snapshots.pruning.pruning import plan  # noqa: PLC0415

                found = [len(plan(work).removed)]
    print(json.dumps(found))
    return 0


def _table(costs: dict[str, list[Measurement]], objects: int) -> str:
    lines = [
        f"**5 snapshots of {objects:,} objects**",
        "",
        "| task | wall s | CPU s | peak MB |",
        "| --- | ---: | ---: | ---: |",
    ]
    for task, meaning in _TASKS.items():
        cost = median(costs[task])
        lines.append(f"| {meaning} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory / 1e6:.0f} |")
    return "\n".join([*lines, "", f"Medians of {len(costs['list'])} rounds."])


if __name__ == "__main__":
    sys.exit(main())
