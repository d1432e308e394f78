"""A YAML case: two sides, rules, and what the comparison must say. `README.md` explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reconcile.model.result import Counts
from tests.property.agreement import swapped_counts
from tests.property.oracle_files import File
from tests.sql.yaml_tables import read_side

_KEYS = {"name", "section", "why", "source", "target", "rules", "expect", "swap", "itself", "int96"}
_SHORT = {
    *("name", "section", "why", "types", "equal", "unequal", "rule", "rules", "schema"),
    *("swap", "itself", "int96"),
}
_EXPECT = {"counts", "columns", "schema", "verdict", "error"}
_ROWS = {name for name in vars(Counts()) if name not in ("source_rows", "target_rows")}


@dataclass(frozen=True)
class Case:
    """One question and its answer.

    Attributes:
        id: Where it stands, and how it was derived from what stands there.
        source: The source's files.
        target: The target's files.
        rules: The keys of a rules file.
        counts: Every count; None where an error is expected.
        columns: Column to mismatched rows, or None for a column that was not compared.
        schema: `kind column` of each finding.
        verdict: The verdict.
        error: Text that the error must hold; None where an answer is expected.
        int96: Whether timestamps are stored in Parquet's old INT96.
    """

    id: str
    source: Sequence[File]
    target: Sequence[File]
    rules: Mapping[str, Any]
    counts: Mapping[str, int] | None
    columns: Mapping[str, int | None]
    schema: frozenset[str]
    verdict: str | None
    error: str | None
    int96: bool = False


def all_cases(folder: Path) -> Iterator[Case]:
    """Every case below a folder, with those that follow from it."""
    for path in sorted(folder.rglob("*.yaml")):
        documents = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = [document["name"] for document in documents]
        assert len(set(names)) == len(names), f"{path} has two cases of one name"
        for document in documents:
            try:
                yield from _read(
                    _expanded(document), f"{path.parent.name}/{path.stem}: {document['name']}"
                )
            except Exception as error:
                error.add_note(f"in {path}, case {document['name']!r}")
                raise


def _read(spelt: Mapping[str, Any], id_: str) -> Iterator[Case]:
    assert set(spelt) <= _KEYS, f"unknown keys {set(spelt) - _KEYS}"
    assert set(spelt["expect"]) <= _EXPECT, f"unknown keys {set(spelt['expect']) - _EXPECT}"
    case = _as_written(spelt, id_)
    yield case
    columns = case.rules.get("columns", {})
    one_way = "rename" in columns or any("map" in r for r in columns.get("rules", {}).values())
    if spelt.get("swap", not one_way):
        yield _swapped(case)
    if spelt.get("itself", not one_way and case.error is None):
        yield _with_itself(case, "source", case.source)
        if _types(case.target) != _types(case.source):
            yield _with_itself(case, "target", case.target)


def _expanded(spelt: Mapping[str, Any]) -> Mapping[str, Any]:
    """A case in the short form, `types` with pairs that are `equal` or `unequal`, as a long one."""
    if "types" not in spelt:
        return spelt
    assert set(spelt) <= _SHORT, f"unknown keys {set(spelt) - _SHORT}"
    types = [spelt["types"]] * 2 if isinstance(spelt["types"], str) else spelt["types"]
    equal, unequal = spelt.get("equal", []), spelt.get("unequal", [])
    pairs = list(enumerate([*equal, *unequal]))
    rules = {"match_key": ["k"], "columns": {"rules": {"v": spelt.get("rule", {})}}}
    sides = [
        {"columns": {"k": "int64", "v": type_}, "rows": [[k, pair[side]] for k, pair in pairs]}
        for side, type_ in enumerate(types)
    ]
    return {
        **{key: spelt[key] for key in spelt.keys() & _KEYS},
        "source": sides[0],
        "target": sides[1],
        "rules": {**rules, **spelt.get("rules", {})},
        "expect": {
            "counts": {"matched": len(equal), "value_mismatch": len(unequal)},
            "columns": {"v": len(unequal)},
            "schema": spelt.get("schema", []),
        },
    }


def _as_written(spelt: Mapping[str, Any], id_: str) -> Case:
    source, target = read_side(spelt["source"]), read_side(spelt["target"])
    expect = spelt["expect"]
    schema = frozenset(expect.get("schema", ()))
    counts = None if "error" in expect else _counts(expect.get("counts", {}), source, target)
    return Case(
        id=id_,
        source=source,
        target=target,
        rules=spelt["rules"],
        counts=counts,
        columns=expect.get("columns", {}),
        schema=schema,
        verdict=None if counts is None else expect.get("verdict") or _verdict(counts, schema),
        error=expect.get("error"),
        int96=spelt.get("int96", False),
    )


def _counts(
    spelt: Mapping[str, int], source: Sequence[File], target: Sequence[File]
) -> dict[str, int]:
    assert set(spelt) <= _ROWS, f"unknown counts {set(spelt) - _ROWS}"
    rows = {"source_rows": _row_count(source), "target_rows": _row_count(target)}
    counts = Counts(**rows, **spelt)
    assert counts.balanced, f"the expected accounts do not balance: {counts}"
    return vars(counts)


def _types(files: Sequence[File]) -> list[Any]:
    return [file.table.schema for file in files]


def _row_count(files: Sequence[File]) -> int:
    return sum(file.table.num_rows for file in files if file.is_data)


def _verdict(counts: Mapping[str, int], schema: frozenset[str]) -> str:
    """The verdict with the default severities and without thresholds."""
    failing = any(not finding.startswith("type_changed ") for finding in schema)
    return "breached" if failing or Counts(**counts).discrepancies else "matched"


def _swapped(case: Case) -> Case:
    exchanged = {
        "missing_in_target": "missing_in_source",
        "missing_in_source": "missing_in_target",
    }
    findings = (finding.split(" ", 1) for finding in case.schema)
    return Case(
        id=f"{case.id} (swapped)",
        source=case.target,
        target=case.source,
        rules=case.rules,
        counts=None if case.counts is None else swapped_counts(case.counts),
        columns=case.columns,
        schema=frozenset(f"{exchanged.get(kind, kind)} {column}" for kind, column in findings),
        verdict=case.verdict,
        error=case.error,
        int96=case.int96,
    )


def _with_itself(case: Case, word: str, files: Sequence[File]) -> Case:
    rows = _row_count(files)
    assert case.counts is not None
    return Case(
        id=f"{case.id} ({word} with itself)",
        source=files,
        target=files,
        rules=case.rules,
        counts={**vars(Counts()), "source_rows": rows, "target_rows": rows, "matched": rows},
        columns={},
        schema=frozenset(),
        verdict="matched",
        error=None,
        int96=case.int96,
    )
