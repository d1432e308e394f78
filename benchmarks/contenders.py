"""Who is measured. One more contender is one more line of `CONTENDERS`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import python_of
from benchmarks.measuring import program
from benchmarks.pairs import Pair

PYTHON, SOURCE, TARGET, KEY = "PYTHON", "SOURCE", "TARGET", "KEY"
"""Words of a command that stand for the environment's Python, the two files and the match key."""

STRATEGIES = ("checksum", "fingerprint", "sketch", "join")
"""What `reconcile compare --strategy` is measured with besides `auto`."""


@dataclass(frozen=True)
class Contender:
    """One way to compare two Parquet files, run as a process of its own.

    Attributes:
        name: What the table calls it.
        command: The program and its arguments, with `SOURCE` and `TARGET` among them.
        packages: Distributions whose versions matter.
        environment: The Python environment of its own that it runs in; ours if None.
        answers: Whether it prints the counts that the known answer has, as JSON.
        exit_code: Of a run that found differences.
        gigabytes: Its peak memory per million rows a side, as measured: where that exceeds the
            machine's, it is left out.
        slow: Whether `--quick` leaves it out, and more than three rounds are too many.
    """

    name: str
    command: tuple[str, ...]
    packages: tuple[str, ...]
    environment: str | None = None
    answers: bool = True
    exit_code: int = 0
    gigabytes: float = 0
    slow: bool = False

    def arguments(self, pair: Pair, folder: Path) -> list[str]:
        """The whole command line for a pair."""
        words = {
            PYTHON: python_of(self.environment),
            SOURCE: str(folder / "source.parquet"),
            TARGET: str(folder / "target.parquet"),
            KEY: pair.key,
        }
        return [words.get(word, word) for word in self.command]


_COMPARE = ("compare", SOURCE, TARGET, "--key", KEY, "--format", "json")


def _ours(name: str, *options: str) -> Contender:
    return Contender(
        name,
        (program("reconcile"), *_COMPARE, *options),
        ("reconcile", "duckdb", "pyarrow"),
        exit_code=1,
    )


OURS = _ours("reconcile compare")
BY_HAND = Contender(
    "full join by hand",
    (PYTHON, "-m", "benchmarks.full_join", SOURCE, TARGET, KEY),
    ("duckdb",),
)
LIMIT = Contender(
    "scan and hash (the limit)",
    (PYTHON, "-m", "benchmarks.scan_and_hash", SOURCE, TARGET),
    ("duckdb",),
    answers=False,
)
POLARS = Contender(
    "polars, inner join",
    (PYTHON, "-m", "benchmarks.with_polars", "inner", SOURCE, TARGET, KEY),
    ("polars",),
    environment="polars",
    gigabytes=0.7,
)
POLARS_FULL_JOIN = Contender(
    "polars, full join",
    (PYTHON, "-m", "benchmarks.with_polars", "full", SOURCE, TARGET, KEY),
    ("polars",),
    environment="polars",
    gigabytes=0.7,
)
DIFFLY_COUNTS = Contender(
    "diffly, only counts",
    (PYTHON, "-m", "benchmarks.with_diffly", "counts", SOURCE, TARGET, KEY),
    ("diffly", "polars"),
    environment="diffly",
    gigabytes=0.7,
)
DIFFLY = Contender(
    "diffly",
    (PYTHON, "-m", "benchmarks.with_diffly", "summary", SOURCE, TARGET, KEY),
    ("diffly", "polars"),
    environment="diffly",
    gigabytes=0.9,
    slow=True,
)
DATACOMPY = Contender(
    "datacompy",
    (PYTHON, "-m", "benchmarks.with_datacompy", SOURCE, TARGET, KEY),
    ("datacompy", "polars", "pandas"),
    environment="datacompy",
    gigabytes=1.5,
    slow=True,
)

CONTENDERS = (
    OURS,
    *(_ours(f"reconcile compare by {way}", "--strategy", way) for way in STRATEGIES),
    BY_HAND,
    LIMIT,
    POLARS,
    POLARS_FULL_JOIN,
    DIFFLY_COUNTS,
    DIFFLY,
    DATACOMPY,
)
