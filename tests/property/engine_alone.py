"""The engine without the jobs around it: files and rules in, what it found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.comparison.plan import ComparisonPlan, plan_comparison
from reconcile.comparison.schema import unite
from reconcile.engines.duckdb_engine import DuckDBEngine, EngineResult
from reconcile.engines.parquet import DataFile, open_file
from reconcile.model.discrepancy import Side
from reconcile.model.rules import CompareRules


@dataclass(frozen=True)
class Part:
    """Rows that lie in one file of a side.

    Attributes:
        rows: The rows.
        group: The file's group.
        folders: What its folders spell.
    """

    rows: pa.Table
    group: int = 0
    folders: Mapping[str, str | None] = field(default_factory=dict)


Parts = Sequence[Part]


def files_of(parts: Parts, folder: Path) -> list[DataFile]:
    """The parts as files of the engine's."""
    folder.mkdir(parents=True)
    files = []
    for number, part in enumerate(parts):
        path = folder / f"{number}.parquet"
        pq.write_table(part.rows, path)
        files.append(replace(open_file(path, path.name, part.folders, folder), group=part.group))
    return files


def planned(files: Mapping[Side, Sequence[DataFile]], rules: CompareRules) -> ComparisonPlan:
    """The plan of two sides' files."""
    schemas = {side: unite(side, [file.schema for file in of]) for side, of in files.items()}
    return plan_comparison(schemas[Side.SOURCE], schemas[Side.TARGET], rules)


def found(
    source: Parts,
    target: Parts,
    folder: Path,
    *,
    key: Sequence[str] = ("id",),
    discrepancies: Path | None = None,
    **options: Any,
) -> EngineResult:
    """What the engine finds; options are those of `DuckDBEngine`, and of the rules `rules`."""
    rules = options.pop("rules", CompareRules(tuple(key)))
    files = {
        side: files_of(parts, folder / side.value)
        for side, parts in ((Side.SOURCE, source), (Side.TARGET, target))
    }
    plan = planned(files, rules)
    with DuckDBEngine(plan, files, workspace=folder / "work", threads=1, **options) as engine:
        return engine.compare(discrepancies)
