"""What is compared: pairs of Parquet files whose differences are known."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import CACHE, ROOT

_LINEITEM_KEY = "l_orderkey,l_linenumber"


@dataclass(frozen=True)
class Pair:
    """Two files.

    Attributes:
        name: What it is called on the command line.
        title: What the heading of its table says.
        key: The match key, with commas between.
        made_by: The module that makes it and its arguments after the folder; `SCALE` stands for
            the scale.
        million_rows: Rows a side at scale 1.
        scales: Whether a larger scale makes it larger.
        only: Contenders that it is for; all if empty.
        beyond_scale_1: Whether it is compared at larger scales as well.
    """

    name: str
    title: str
    key: str
    made_by: tuple[str, ...]
    million_rows: float
    scales: bool = True
    only: tuple[str, ...] = ()
    beyond_scale_1: bool = False

    def folder(self, scale: str) -> Path:
        """Where its files and the known answer lie."""
        return CACHE / (f"{self.name}-{scale}" if self.scales else self.name)

    def answer(self, scale: str) -> dict[str, int]:
        """The known answer: rows of each kind of discrepancy."""
        answer: dict[str, int] = json.loads((self.folder(scale) / "answer.json").read_text())
        return answer

    def make(self, scale: str) -> None:
        """Makes it where it is not there, in a process of its own: making takes much memory."""
        folder = self.folder(scale)
        if (folder / "answer.json").exists():
            return
        print(f"making {folder.relative_to(ROOT)}", file=sys.stderr)
        module, *arguments = [scale if word == "SCALE" else word for word in self.made_by]
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", module, str(folder), *arguments]
        subprocess.run(command, check=True, cwd=ROOT)


_MANY = ("reconcile compare", "reconcile compare by sketch", "reconcile compare by join")
_BY_HAND = "full join by hand"

PAIRS = (
    Pair(
        "lineitem",
        "TPC-H lineitem and a shuffled copy, about 0.02 % of the rows differing",
        _LINEITEM_KEY,
        ("benchmarks.lineitem", "SCALE", "few"),
        million_rows=6,
        beyond_scale_1=True,
    ),
    Pair(
        "flights",
        "The flights of 2013 and a shuffled copy, about 0.02 % of the rows differing",
        "year,month,day,carrier,flight,origin",
        ("benchmarks.flights",),
        million_rows=0.34,
        scales=False,
    ),
    Pair(
        "lineitem-tenth",
        "TPC-H lineitem, one value changed in 10 % of the rows",
        _LINEITEM_KEY,
        ("benchmarks.lineitem", "SCALE", "tenth"),
        million_rows=6,
        only=(*_MANY, _BY_HAND),
    ),
    Pair(
        "lineitem-all",
        "TPC-H lineitem, one value changed in every row",
        _LINEITEM_KEY,
        ("benchmarks.lineitem", "SCALE", "all"),
        million_rows=6,
        only=(*_MANY, _BY_HAND),
    ),
)
