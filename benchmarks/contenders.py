"""Who is measured. One more contender is one more line of `CONTENDERS`."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measuring import program

SOURCE, TARGET = "SOURCE", "TARGET"
"""Words of a command that stand for the two files' paths."""


def _counts(output: str) -> dict[str, int]:
    document: dict[str, dict[str, int]] = json.loads(output)
    return document["counts"]


@dataclass(frozen=True)
class Contender:
    """One way to compare two Parquet files, run as a process of its own.

    Attributes:
        name: What the table calls it.
        command: The program and its arguments, with `SOURCE` and `TARGET` among them.
        packages: Distributions whose versions matter.
        counts: Reads, from its standard output, the counts that the known answer has; None where
            it answers nothing.
        exit_code: Of a run that found differences.
    """

    name: str
    command: tuple[str, ...]
    packages: tuple[str, ...]
    counts: Callable[[str], dict[str, int]] | None = _counts
    exit_code: int = 0

    def arguments(self, source: str, target: str) -> list[str]:
        """The whole command line for two files."""
        paths = {SOURCE: source, TARGET: target}
        return [paths.get(word, word) for word in self.command]


OURS = Contender(
    "reconcile compare",
    (
        *(program("reconcile"), "compare", SOURCE, TARGET),
        *("--key", "l_orderkey,l_linenumber", "--format", "json"),
    ),
    ("reconcile", "duckdb", "pyarrow"),
    exit_code=1,
)
SKETCH = dataclasses.replace(
    OURS, name="reconcile compare by sketch", command=(*OURS.command, "--strategy", "sketch")
)
BY_HAND = Contender(
    "full join by hand",
    (sys.executable, "-m", "benchmarks.full_join", SOURCE, TARGET),
    ("duckdb",),
)
LIMIT = Contender(
    "scan and hash (the limit)",
    (sys.executable, "-m", "benchmarks.scan_and_hash", SOURCE, TARGET),
    ("duckdb",),
    counts=None,
)

CONTENDERS = (OURS, SKETCH, BY_HAND, LIMIT)
