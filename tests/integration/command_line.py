"""The command line, called as a function."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.cli.main import run


@dataclass(frozen=True)
class Ran:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


CommandLine = Callable[..., Ran]


def command_line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    def ran(*argv: object) -> Ran:
        capsys.readouterr()
        code = run([str(word) for word in argv])
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return ran


def write_rows(path: Path, *, rows: int = 5, **columns: list[Any]) -> Path:
    """A Parquet file of `id` from 0 and `amount`; `columns` replaces or adds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {"id": list(range(rows)), "amount": [1.5 * n for n in range(rows)], **columns}
    pq.write_table(pa.table(values), path)
    return path


DATASET = """\
dataset: orders
schedule: "0 5 * * *"
timezone: America/New_York
grain: day
start: 2013-01-01
source: {{location: "{folder}/source", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{folder}/target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
"""


def write_dataset(folder: Path) -> Path:
    """A folder of dataset files with `orders`, equal on 2013-01-01 and not on the day after."""
    for side in ("source", "target"):
        write_rows(folder / side / "day=2013-01-01" / "part.parquet")
        rows = 5 if side == "source" else 4
        write_rows(folder / side / "day=2013-01-02" / "part.parquet", rows=rows)
    datasets = folder / "datasets"
    datasets.mkdir()
    (datasets / "orders.yaml").write_text(DATASET.format(folder=folder))
    return datasets
