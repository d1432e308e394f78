"""What is not new costs little: `python -m benchmarks.over_the_wire [--scale 1] [--halves]`.

`lineitem` lies in 365 day partitions in an S3 server and in Azurite, byte for byte the same, or,
with `--halves`, in other files on the target. It is compared for the first time, again, and once
more after one partition has changed, each by a process of its own that knows from before only what
the state database holds. What the servers were asked is counted from their own logs.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import bars
from benchmarks.emulated_clouds import BUCKET, CONTAINER, EmulatedClouds, emulated_clouds
from benchmarks.environments import versions_in
from benchmarks.machine import circumstances, told
from benchmarks.measuring import Measurement, median, program, run
from benchmarks.request_log import Asked, Request
from benchmarks.results import CACHE, ROOT, keep
from benchmarks.wire_data import CHANGED, PARTITIONS, partition

_KEY = "l_orderkey,l_linenumber,day"
_DIFFERENCES = ("value_mismatch", "missing_in_target", "missing_in_source")

EMPTY, EMPTY_AGAIN = "one empty partition", "one empty partition, again"
FIRST, AGAIN, CHANGED_ONE = "first run", "nothing changed", "one partition changed"


@dataclass(frozen=True)
class Step:
    """One process and what it asked of the servers.

    Attributes:
        cost: What it cost.
        requests: By server.
        proof: Rows of both sides by how they were proven.
        partition: The one that had changed, None where none had.
    """

    cost: Measurement
    requests: Mapping[str, Sequence[Request]]
    proof: Mapping[str, int]
    partition: str | None = None

    def asked(self, server: str) -> Counter[Asked]:
        """How often a server was asked for what."""
        return Counter(request.asked for request in self.requests[server])

    def data_gets_elsewhere(self) -> int:
        """Data GETs that do not name the partition that changed."""
        return sum(
            request.asked is Asked.DATA and request.partition != self.partition
            for requests in self.requests.values()
            for request in requests
        )

    def no_listings(self) -> int:
        """Requests that are no listing."""
        return sum(
            request.asked is not Asked.LISTING
            for requests in self.requests.values()
            for request in requests
        )


def main() -> int:
    """Measures, prints the table and the bars, and keeps them where the scale is 1."""
    given = _arguments()
    layout = "halves" if given.halves else "whole"
    data = _data(given.scale)
    with tempfile.TemporaryDirectory(dir=CACHE) as place, emulated_clouds(Path(place)) as clouds:
        print("putting the data into both", file=sys.stderr)
        clouds.put_source(data / "whole", "lineitem")
        clouds.put_target(data / layout, "lineitem")
        for put in (clouds.put_source, clouds.put_target):
            put(data / "empty", "empty")
        versions = versions_in(None, ("reconcile", "duckdb", "moto", "boto3", "azure-storage-blob"))
        document = circumstances(versions)
        rounds = []
        for number in range(given.rounds):
            print(f"round {number + 1} of {given.rounds}", file=sys.stderr)
            rounds.append(_round(clouds, data, layout, number % CHANGED, given.option))
    document |= {
        "scale": given.scale,
        "layout": layout,
        "figures": figures(rounds),
        "rounds": [{name: _as_kept(step) for name, step in of.items()} for of in rounds],
    }
    name = "over-the-wire" if layout == "whole" else "over-the-wire-halves"
    results = [
        result
        for result in bars.measured(bars.BARS, {"over-the-wire": document})
        if result.bar.of == "over-the-wire"
    ]
    text = "\n\n".join([_table(rounds, document), bars.markdown(results), told(document)])
    print(text)
    if given.scale == "1" and given.rounds >= 3 and not given.option:
        keep(name, document, text)
    return int(bool(bars.broken(results, "over-the-wire"))) if layout == "whole" else 0


def figures(rounds: Sequence[Mapping[str, Step]]) -> dict[str, float]:
    """What the bars are about: ratios in excess of the empty partition, and requests."""

    def middle(name: str, figure: str) -> float:
        return statistics.median(float(getattr(of[name].cost, figure)) for of in rounds)

    def excess(name: str, least: str, figure: str) -> float:
        return middle(name, figure) - middle(least, figure)

    def to_first(name: str, figure: str) -> float:
        # The least of a run that finds a state database, or that makes one, is not the same.
        return excess(name, EMPTY_AGAIN, figure) / excess(FIRST, EMPTY, figure)

    return {
        "changed": to_first(CHANGED_ONE, "wall"),
        "changed_cpu": to_first(CHANGED_ONE, "cpu"),
        "changed_gets_elsewhere": max(of[CHANGED_ONE].data_gets_elsewhere() for of in rounds),
        "unchanged": to_first(AGAIN, "wall"),
        "unchanged_cpu": to_first(AGAIN, "cpu"),
        "unchanged_other_requests": max(of[AGAIN].no_listings() for of in rounds),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.over_the_wire", description=__doc__)
    parser.add_argument("--scale", default="1", help="of TPC-H; 1 is 6 million rows a side")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--halves", action="store_true", help="the target has two files a partition"
    )
    parser.add_argument(
        "--option", action="append", default=[], help="of the command, repeatable: --option=--debug"
    )
    return parser.parse_args()


def _data(scale: str) -> Path:
    folder = CACHE / f"wire-{scale}"
    if not folder.exists():
        print(f"making {folder.relative_to(ROOT)}", file=sys.stderr)
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.wire_data", str(folder), scale]
        subprocess.run(command, check=True, cwd=ROOT)
    return folder


def _round(
    clouds: EmulatedClouds, data: Path, layout: str, number: int, options: Sequence[str]
) -> dict[str, Step]:
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        changed = partition(number)
        of_empty, of_all = (Path(place) / name for name in ("of-empty", "of-all"))
        steps = {
            EMPTY: _step(clouds, "empty", of_empty, options),
            EMPTY_AGAIN: _step(clouds, "empty", of_empty, options),
            FIRST: _step(clouds, "lineitem", of_all, options),
            AGAIN: _step(clouds, "lineitem", of_all, options),
        }
        below = f"lineitem/{changed}"
        clouds.put_target(data / "changed" / layout / changed, below)
        steps[CHANGED_ONE] = _step(clouds, "lineitem", of_all, options, changed=changed)
        clouds.put_target(data / layout / changed, below)
    return steps


def _step(
    clouds: EmulatedClouds,
    prefix: str,
    state: Path,
    options: Sequence[str],
    *,
    changed: str | None = None,
) -> Step:
    for log in clouds.logs.values():
        log.news()
    state.mkdir(exist_ok=True)
    sides = (f"s3://{BUCKET}/{prefix}", f"az://{CONTAINER}/{prefix}")
    command = [program("reconcile"), "compare", *sides, "--key", _KEY, "--format", "json"]
    finished = run([*command, *options], env={"RECONCILE_STATE": f"sqlite:///{state}/state.db"})
    differences = 0 if changed is None else 1
    if finished.exit_code != differences:
        sys.exit(f"{prefix}: exit code {finished.exit_code}, not {differences}")
    answer = json.loads(finished.output)
    found = {kind: answer["counts"][kind] for kind in _DIFFERENCES}
    if found != dict.fromkeys(_DIFFERENCES, differences):
        sys.exit(f"{prefix}: found {found}, expected {differences} of each")
    requests = {server: log.news() for server, log in clouds.logs.items()}
    return Step(finished.cost, requests, answer["proof"], changed)


def _as_kept(step: Step) -> dict[str, Any]:
    return {
        **dataclasses.asdict(step.cost),
        "requests": {server: dict(step.asked(server)) for server in step.requests},
        "proof": dict(step.proof),
    }


def _table(rounds: Sequence[Mapping[str, Step]], document: Mapping[str, Any]) -> str:
    lines = [
        f"**lineitem (scale {document['scale']}) in {PARTITIONS} partitions, S3 against Azurite, "
        + ("the same bytes**" if document["layout"] == "whole" else "in other files**"),
        "",
        "| run | wall s | CPU s | peak MB | S3: listings, HEADs, data GETs, other | Azurite "
        "| rows proven by checksum, fingerprint, row |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, last in rounds[-1].items():
        cost = median([of[name].cost for of in rounds])
        asked = " | ".join(_requests(last.asked(server)) for server in last.requests)
        proof = ", ".join(f"{rows:,}" for rows in last.proof.values())
        lines.append(
            f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory / 1e6:.0f} "
            f"| {asked} | {proof} |"
        )
    figured = document["figures"]
    return "\n".join(
        [
            *lines,
            "",
            f"Medians of {len(rounds)} rounds; requests and proof of the last. In excess of the "
            "empty partition, to the first run: nothing changed "
            f"{figured['unchanged']:.3f} (CPU {figured['unchanged_cpu']:.3f}), one partition "
            f"changed {figured['changed']:.3f} (CPU {figured['changed_cpu']:.3f}).",
        ]
    )


def _requests(asked: Counter[Asked]) -> str:
    return ", ".join(str(asked[kind]) for kind in Asked)


if __name__ == "__main__":
    sys.exit(main())
