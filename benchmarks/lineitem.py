"""TPC-H `lineitem`, and shuffled copies of it that differ in few, in many and in all of their rows.

Run as a process of its own: `python -m benchmarks.lineitem FOLDER SCALE COPY`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.altered_copy import LOTS, Alterations, Change, write_altered, write_answer
from benchmarks.measuring import program

KEY = ("l_orderkey", "l_linenumber")

_COPIES = {
    "few": Alterations(
        changes=[
            Change("l_quantity", "l_quantity + 1", 3),
            Change("l_extendedprice", "l_extendedprice - 0.01", 3),
            Change("l_shipdate", "l_shipdate + 1", 3),
            Change("l_shipmode", "NULL", 2),
            Change("l_comment", "l_comment || ' '", 3),
        ],
        missing=3,
        added=3,
        new_key=("l_linenumber", "l_linenumber + 100"),
    ),
    "tenth": Alterations([Change("l_extendedprice", "l_extendedprice - 0.01", LOTS // 10)]),
    "all": Alterations([Change("l_extendedprice", "l_extendedprice - 0.01", LOTS)]),
}


def generated(cache: Path, scale: str) -> Path:
    """The file of `lineitem` at a scale, generated where it is not there."""
    folder = cache / f"tpch-{scale}"
    file = folder / "lineitem.parquet"
    if not file.exists():
        unfinished = folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [program("tpchgen-cli"), "parquet", "-s", scale, "--tables=lineitem"]
        command.append(f"--output-dir={unfinished}")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (unfinished / "lineitem.parquet").rename(file)
    return file


def make(folder: Path, scale: str, copy: str) -> None:
    """Makes both sides."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source, target = folder / "source.parquet", folder / "target.parquet"
    os.link(generated(folder.parent, scale), source)
    write_answer(folder, write_altered(source, target, KEY, _COPIES[copy]))


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
