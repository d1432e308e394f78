"""Contenders measured in turn over one pair, round after round."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.contenders import Contender
from benchmarks.measuring import Measurement, run
from benchmarks.pairs import Pair
from benchmarks.results import CACHE, ROOT

_MOST_OF_SLOW = 3


def in_turn(
    pair: Pair, scale: str, contenders: Sequence[Contender], rounds: int
) -> dict[str, list[Measurement]]:
    """What each contender cost in each round, by its name.

    Each round begins with another contender, so that none always follows the same.
    """
    costs: dict[str, list[Measurement]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        first = number % len(contenders)
        for contender in (*contenders[first:], *contenders[:first]):
            if contender.slow and number >= _MOST_OF_SLOW:
                continue
            told = f"{pair.name}, round {number + 1} of {rounds}: {contender.name}"
            print(told, file=sys.stderr)
            costs[contender.name].append(_measured(contender, pair, scale))
    return costs


def _measured(contender: Contender, pair: Pair, scale: str) -> Measurement:
    """One process, begun with nothing known, in a folder of its own that takes what it spills."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        finished = run(
            contender.arguments(pair, pair.folder(scale)),
            env={"PYTHONPATH": path, "RECONCILE_STATE": f"sqlite:///{place}/state.db"},
            cwd=place,
        )
    if finished.exit_code != contender.exit_code:
        sys.exit(f"{contender.name}: exit code {finished.exit_code}, not {contender.exit_code}")
    if contender.answers:
        answer, found = pair.answer(scale), _counts(contender, finished.output)
        if {kind: found.get(kind) for kind in answer} != answer:
            sys.exit(f"{contender.name}: found {found}, expected {answer}")
    return finished.cost


def _counts(contender: Contender, output: str) -> dict[str, int]:
    try:
        counts: dict[str, int] = json.loads(output)["counts"]
    except (json.JSONDecodeError, KeyError):
        sys.exit(f"{contender.name}: no counts in what it printed: {output[:200]!r}")
    return counts
