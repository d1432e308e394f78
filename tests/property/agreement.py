"""Asks the engine the same question as the oracle, and says where the two disagree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import reconcile
from reconcile.model.result import Counts, SchemaFinding
from reconcile.model.rules import CompareRules, Severity
from tests.property.oracle import Answer
from tests.property.oracle_files import File


def write_side(files: Sequence[File], folder: Path, **options: Any) -> Path:
    """Writes a side as Parquet files below a folder; options are those of `write_table`."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(file.table, path, **options)
    return folder


def engine_answer(
    source: Path | pa.Table,
    target: Path | pa.Table,
    rules: CompareRules | Mapping[str, Any],
    strategy: str = "join",
) -> Any:
    """What the engine says, on one core; never by another way than asked for."""
    answer = reconcile.compare(
        source, target, rules=rules, strategy=strategy, memory="4GB", threads=1
    )
    assert answer.result.strategy == strategy
    return answer


def knowable(counts: Counts, strategy: str) -> Counts:
    """The counts that a strategy can know."""
    return counts if strategy == "join" else replace(counts, repeated_keys=None)


def disagreements(comparison: Any, answer: Answer) -> list[str]:
    """Every point on which the engine and the oracle differ, one line each."""
    engine_columns = {
        name: (column.compared, column.mismatched)
        for name, column in comparison.columns.items()
        if name in answer.columns or column.compared
    }
    pairs = {
        "counts": (
            vars(comparison.counts),
            vars(knowable(answer.counts, comparison.result.strategy)),
        ),
        "columns": (
            engine_columns,
            {name: (c.compared, c.mismatched) for name, c in answer.columns.items()},
        ),
        "schema": (_findings(comparison.schema), _findings(answer.schema)),
        "verdict": (comparison.verdict, answer.verdict),
        "discrepancies": (_routed(comparison), _by_kind_and_side(answer)),
        "mismatched columns": (
            _listed_columns(comparison),
            Counter({name: c.mismatched for name, c in answer.columns.items() if c.mismatched}),
        ),
    }
    return [
        f"{name}: engine {engine}, oracle {oracle}"
        for name, (engine, oracle) in pairs.items()
        if engine != oracle
    ]


def _routed(comparison: Any) -> Counter[tuple[str, str]]:
    """What lies in the discrepancies themselves: kind, and on which sides there is a row."""
    sides = {(True, False): "source", (False, True): "target", (True, True): "both"}
    found: Counter[tuple[str, str]] = Counter()
    for row in comparison.discrepancies().to_pylist():
        held = sides[row["source_row"] is not None, row["target_row"] is not None]
        found[row["kind"], held if held == row["side"] else f"{row['side']}, rows of {held}"] += 1
    return found


def _listed_columns(comparison: Any) -> Counter[str]:
    listed = comparison.discrepancies().column("mismatched_columns").to_pylist()
    return Counter(name for names in listed for name in names or ())


def _by_kind_and_side(answer: Answer) -> Counter[tuple[str, str]]:
    totals: Counter[tuple[str, str]] = Counter()
    for (kind, side, _), times in answer.discrepancies.items():
        totals[kind.value, side.value] += times
    return totals


def _findings(findings: Sequence[SchemaFinding] | frozenset[SchemaFinding]) -> set[Any]:
    """Findings that are not ignored, with types as far as their spelling is fixed."""
    return {
        (f.kind.value, f.column, type_word(f.source_type), type_word(f.target_type), f.severity)
        for f in findings
        if f.severity is not Severity.IGNORE
    }


_WORDS: Mapping[str, str] = {
    r"dictionary<values=(large_)?(string|utf8)(_view)?,.*": "string",
    r"(large_)?(string|utf8)(_view)?": "string",
    r"(large_|fixed_size_)?binary(_view)?(\[\d+\])?": "binary",
    r"decimal\d*\(\d+, ?(-?\d+)\)": r"decimal of scale \1",
    r"date(32|64)?(\[.*\])?": "date",
    r"time(32|64)\[.*\]": "time",
    r"timestamp\[\w+\]": "timestamp",
    r"timestamp\[\w+, .*\]": "timestamp with zone",
    r"(large_|fixed_size_)?list(_view)?<.*": "list",
    r"struct<.*": "struct",
    r"map<.*": "map",
    r"extension<arrow.uuid>": "uuid",
    r"halffloat": "float16",
    r"float": "float32",
    r"double": "float64",
}


def type_word(name: str | None) -> str | None:
    """A type name without unit, zone, layout and kind of string."""
    for pattern, word in _WORDS.items():
        found = re.fullmatch(pattern, name or "", re.DOTALL)
        if found:
            return found.expand(word)
    return name


def swapped_counts(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Counts with source and target exchanged."""
    exchanged = {"source": "target", "target": "source"}
    return {
        re.sub("source|target", lambda side: exchanged[side[0]], name): value
        for name, value in counts.items()
    }
