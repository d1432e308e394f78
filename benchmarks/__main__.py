"""Side by side, in one run: `python -m benchmarks [--scale 10] [--rounds 3] [--quick]`.

Every contender compares the same two files as a process of its own, in turn, round after round;
its answer must be the known one. Exits 1 where a bar that was met is missed.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import bars
from benchmarks.contenders import BY_HAND, CONTENDERS, Contender
from benchmarks.environments import python_of, versions_in
from benchmarks.machine import circumstances, memory, told
from benchmarks.measuring import Measurement
from benchmarks.pairs import PAIRS, Pair
from benchmarks.results import CACHE, keep, kept
from benchmarks.rounds import in_turn
from benchmarks.table import side_by_side

_FEWEST_ROUNDS = 3
_KEPT_SCALES = ("1", "10")


def main() -> int:
    """Measures, prints the tables, and keeps those of a whole run."""
    given = _arguments()
    pairs = [pair for pair in PAIRS if _is_wanted(pair, given)]
    contenders = _contenders(given)
    CACHE.mkdir(parents=True, exist_ok=True)
    for pair in pairs:
        pair.make(given.scale)
    for contender in contenders:
        python_of(contender.environment)
    document = {**circumstances(_versions(contenders)), "scale": given.scale, "pairs": {}}
    tables = []
    for pair in pairs:
        rivals, left_out = _able(pair, given.scale, contenders)
        if not rivals:
            print(f"nobody to measure over {pair.name}", file=sys.stderr)
            continue
        costs = in_turn(pair, given.scale, rivals, given.rounds)
        answer = pair.answer(given.scale)
        document["pairs"][pair.name] = _as_kept(costs, answer, left_out)
        tables.append(_table(pair, given.scale, costs, answer, left_out))
    name = "latest-scale-10" if given.scale == "10" else "latest"
    results = bars.measured(bars.BARS, {**_others(), name: document})
    text = "\n\n".join([*tables, bars.markdown(results), told(document)])
    print(text)
    if _is_whole(given):
        keep(name, document, text)
    else:
        print("not kept: only a whole run of scale 1 or 10 is", file=sys.stderr)
    if given.scale not in _KEPT_SCALES:
        return 0  # at another scale the bars are figures, not promises
    for bar in bars.broken(results, name):
        print(f"no longer met: {bar.work}", file=sys.stderr)
    return int(bool(bars.broken(results, name)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", default="1", help="of TPC-H; 1 is 6 million rows a side")
    parser.add_argument("--rounds", type=int, default=_FEWEST_ROUNDS)
    parser.add_argument("--quick", action="store_true", help="without the peers that take minutes")
    names = ", ".join(contender.name for contender in CONTENDERS)
    parser.add_argument(
        "--only", action="append", metavar="NAME", help=f"repeatable; of the contenders: {names}"
    )
    parser.add_argument(
        "--pair", action="append", choices=[pair.name for pair in PAIRS], help="repeatable"
    )
    given = parser.parse_args()
    unknown = set(given.only or ()) - {contender.name for contender in CONTENDERS}
    if unknown:
        parser.error(f"no contender is called {' or '.join(sorted(unknown))}; there are: {names}")
    return given


def _is_wanted(pair: Pair, given: argparse.Namespace) -> bool:
    if given.pair:
        return pair.name in given.pair
    return float(given.scale) <= 1 or pair.beyond_scale_1


def _contenders(given: argparse.Namespace) -> list[Contender]:
    return [
        contender
        for contender in CONTENDERS
        if contender.name in (given.only or [contender.name])
        and not (given.quick and contender.slow)
    ]


def _is_whole(given: argparse.Namespace) -> bool:
    partial = given.only or given.pair or given.quick
    return not partial and given.scale in _KEPT_SCALES and given.rounds >= _FEWEST_ROUNDS


def _able(
    pair: Pair, scale: str, contenders: Sequence[Contender]
) -> tuple[list[Contender], dict[str, str]]:
    """The contenders for a pair, and why others are left out."""
    million_rows = pair.million_rows * (float(scale) if pair.scales else 1)
    able, left_out = [], {}
    for contender in contenders:
        needed = contender.gigabytes * million_rows * 1e9
        if pair.only and contender.name not in pair.only:
            continue
        if needed > memory():
            left_out[contender.name] = (
                f"needs about {needed / 1e9:.0f} GB, and this machine has {memory() / 1e9:.0f} GB"
            )
        else:
            able.append(contender)
    return able, left_out


def _versions(contenders: Sequence[Contender]) -> dict[str, str]:
    """Of every package that takes part; of another environment with its name before it."""
    versions: dict[str, str] = {}
    for contender in contenders:
        where = f"{contender.environment}: " if contender.environment else ""
        found = versions_in(contender.environment, contender.packages)
        versions |= {f"{where}{package}": version for package, version in found.items()}
    return versions


def _as_kept(
    costs: dict[str, list[Measurement]], answer: dict[str, int], left_out: dict[str, str]
) -> dict[str, Any]:
    rounds = {name: [dataclasses.asdict(one) for one in of] for name, of in costs.items()}
    return {"differences": answer, "rounds": rounds, "left_out": left_out}


def _table(
    pair: Pair,
    scale: str,
    costs: dict[str, list[Measurement]],
    answer: dict[str, int],
    left_out: dict[str, str],
) -> str:
    differences = ", ".join(f"{rows:,} {kind}" for kind, rows in answer.items())
    lines = [f"**{pair.title}**" + (f" (scale {scale})" if pair.scales else ""), ""]
    baseline = BY_HAND.name if BY_HAND.name in costs else next(iter(costs))
    lines += [side_by_side(costs, baseline=baseline), ""]
    lines += [f"Left out: {name} {why}." for name, why in left_out.items()]
    lines.append(
        "Medians of rounds, every process whole, in turn; ratios to "
        f"*{baseline}*. {differences}: each way's answer was checked."
    )
    return "\n".join(lines)


def _others() -> dict[str, dict[str, Any]]:
    names = ("latest", "latest-scale-10", "over-the-wire", "inventories")
    documents = {name: kept(name) for name in names}
    return {name: document for name, document in documents.items() if document}


if __name__ == "__main__":
    sys.exit(main())
