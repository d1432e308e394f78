"""Pairs of sides that are related, and rules that fit them.

The target is the source after a few accidents: rows lost, added, repeated, changed and shuffled,
types widened or exchanged, columns lost, files split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from reconcile.model.discrepancy import Kind
from reconcile.model.rules import (
    DEFAULT_SEVERITIES,
    ColumnRule,
    CompareRules,
    FindingKind,
    Normalization,
    Severity,
    Threshold,
)
from tests.property.arrow_columns import array, pool
from tests.property.oracle_files import File
from tests.property.oracle_types import MOMENTS, NUMBERS, kind, parse_type, plain
from tests.property.oracle_values import DAY, UNIT

NAMES = [
    "id", "ID", "", "a b", 'q"uote', "apo'strophe", "x.y", "select", "größe", "k0", "side",
    "source_row", "rn", "count(*)", "kind", "hash", "source", "match_key", "a\\b", "%s", "{}", "💥",
]  # fmt: skip

_FAMILIES = {
    "number": [
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
        "float32", "float64", "decimal(10,2)", "decimal(12,4)", "decimal(38,10)", "decimal(38,0)",
        "decimal(18,0)", "decimal256(50,5)", "dictionary<int64>",
    ],
    "text": ["string", "large_string", "string_view", "dictionary<string>"],
    "binary": ["binary", "large_binary", "fixed_size_binary[2]"],
    "bool": ["bool"],
    "local": [
        "date32", "date64", "timestamp[s]", "timestamp[ms]", "timestamp[us]", "timestamp[ns]",
    ],
    "instant": [
        "timestamp[s, UTC]", "timestamp[ms, America/New_York]", "timestamp[us, UTC]",
        "timestamp[us, +05:30]", "timestamp[ns, Asia/Tokyo]",
    ],
    "time": ["time32[s]", "time32[ms]", "time64[us]", "time64[ns]"],
    "uuid": ["uuid"],
    "null": ["null"],
    "list": [
        "list<int32>", "large_list<int64>", "fixed_size_list<int32, 2>", "list<float64>",
        "list<decimal(10,2)>", "list<null>",
    ],
    "list of text": ["list<string>", "large_list<large_string>"],
    "struct": [
        "struct<a: int32, b: string>", "struct<b: large_string, a: int64>",
        "struct<a: decimal(10,2), b: string>",
    ],
    "map": ["map<string, int32>", "map<string, int64>"],
    "deep": [
        "list<struct<a: int32, t: timestamp[us]>>", "list<struct<t: timestamp[ns], a: int64>>",
    ],
    "deeper": ["struct<l: list<float32>, m: map<string, int32>>"],
    "lists": ["list<list<int64>>"],
}  # fmt: skip
FAMILIES = {name: [parse_type(text) for text in texts] for name, texts in _FAMILIES.items()}
KEY_FAMILIES = ["number", "number", "text", "text", "local", "instant", "uuid", "bool", "binary"]
MIXED = [("number", "text"), ("local", "instant"), ("text", "binary"), ("number", "bool")]


@dataclass(frozen=True)
class Question:
    """Two sides and the rules to compare them by."""

    source: tuple[File, ...]
    target: tuple[File, ...]
    rules: CompareRules


@dataclass(frozen=True)
class Side:
    """A side before it is cut into files: column types, and raw values row by row."""

    types: dict[str, pa.DataType]
    rows: tuple[tuple[Any, ...], ...]

    def table(self, rows: Sequence[tuple[Any, ...]] | None = None) -> pa.Table:
        rows = self.rows if rows is None else rows
        arrays = [array([row[i] for row in rows], t) for i, t in enumerate(self.types.values())]
        return pa.Table.from_arrays(arrays, names=list(self.types))


@st.composite
def sources(draw: st.DrawFn) -> tuple[Side, dict[str, str], int]:
    """A source, the family of each column, and how many of its columns are the key."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    keys = draw(st.integers(1, min(2, len(names))))
    families = {
        name: draw(st.sampled_from(KEY_FAMILIES if i < keys else list(FAMILIES)))
        for i, name in enumerate(names)
    }
    types = {name: draw(st.sampled_from(FAMILIES[family])) for name, family in families.items()}
    # Few values per column, so that rows collide, repeat and nearly agree.
    few = [
        [*draw(st.lists(st.sampled_from(pool(type_)), min_size=2, max_size=4)), None]
        if i >= keys
        else [*pool(type_), None]
        for i, type_ in enumerate(types.values())
    ]
    row = st.tuples(*(st.sampled_from(values) for values in few))
    distinct = draw(st.booleans())
    unique_by = (lambda row: str(row[:keys])) if distinct else None
    rows = draw(st.lists(row, max_size=9, unique_by=unique_by))
    return Side(types, tuple(rows)), families, keys


_ACCIDENTS = ["keep", "keep", "keep", "change", "change", "lose", "repeat"]


@st.composite
def targets(draw: st.DrawFn, source: Side, families: dict[str, str], keys: int) -> Side:
    """The source after accidents."""
    types = dict(source.types)
    for i, (name, family) in enumerate(families.items()):
        accident = draw(st.integers(0, 9))
        if accident < 3:
            types[name] = draw(st.sampled_from(FAMILIES[family]))
        elif accident == 3 and i >= keys:
            other = next((b for a, b in MIXED if a == family), "null")
            types[name] = draw(st.sampled_from(FAMILIES[other]))
    rows = []
    for row in source.rows:
        match draw(st.sampled_from(_ACCIDENTS)):
            case "keep":
                rows.append(row)
            case "repeat":
                rows += [row, row]
            case "change":
                first = draw(st.sampled_from([0, keys, keys])) if keys < len(row) else 0
                i = draw(st.integers(first, len(row) - 1))
                value = draw(st.sampled_from([None, *pool(list(source.types.values())[i])]))
                rows.append((*row[:i], value, *row[i + 1 :]))
    rows = draw(st.permutations(rows))
    return _without_foreign(Side(types, tuple(rows)), source)


def _without_foreign(side: Side, source: Side) -> Side:
    """Takes values that a column's new kind cannot hold, such as text in binary, as NULL."""
    same = {
        name: _raw_kind(type_) == _raw_kind(source.types[name])
        for name, type_ in side.types.items()
    }
    keeps = [same[name] or kind(type_) == "text" for name, type_ in side.types.items()]
    rows = tuple(
        tuple(value if keep else None for value, keep in zip(row, keeps, strict=True))
        for row in side.rows
    )
    return Side(side.types, rows)


def _raw_kind(type_: pa.DataType) -> str:
    word = kind(type_)
    return "number" if word in NUMBERS else "moment" if word in MOMENTS else word


@st.composite
def files_of(draw: st.DrawFn, side: Side) -> tuple[File, ...]:
    """A side as one to three files, with columns in any order, some of them lost."""
    cuts = sorted(draw(st.lists(st.integers(0, len(side.rows)), max_size=2)))
    bounds = [0, *cuts, len(side.rows)]
    files = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        names = draw(st.permutations(list(side.types)))
        table = side.table(side.rows[start:end]).select(names)
        files.append(File(table, f"part-{number}.parquet"))
    if len(files) > 1 and len(side.types) > 1 and draw(st.integers(0, 3)) == 0:
        lost = draw(st.sampled_from(list(side.types)))
        files[0] = replace(files[0], table=files[0].table.drop_columns([lost]))
    if draw(st.integers(0, 4)) == 0:
        folders = draw(st.lists(st.sampled_from(_FOLDERS), min_size=1, max_size=len(files)))
        files = [
            replace(file, path=f"part={folders[i % len(folders)]}/{file.path}")
            for i, file in enumerate(files)
        ]
    return tuple(files)


_FOLDERS = ["1", "2", "-1", "02", "2013-01-05", "a%20b", "a+b", "__HIVE_DEFAULT_PARTITION__"]

_TOLERANCES = [
    ColumnRule(absolute=Decimal("0.25")),
    ColumnRule(absolute=Decimal("1")),
    ColumnRule(absolute=Decimal("0")),
    ColumnRule(relative=Decimal("0.5")),
    ColumnRule(absolute=Decimal("0.5"), relative=Decimal("0.125")),
]
_WITHIN = [ColumnRule(within=ns) for ns in (1, UNIT["ms"], UNIT["s"], DAY)]
_NORMALIZE = st.lists(st.sampled_from(list(Normalization)), min_size=1, max_size=3).map(
    lambda steps: ColumnRule(normalize=tuple(steps))
)
_NUMBER_CASTS = ["int64", "int8", "decimal(18,2)", "decimal(38,10)", "float32", "float64"]


@st.composite
def rules_for(
    draw: st.DrawFn, source: Side, target: Side, keys: Sequence[str], *, allow_map: bool = True
) -> CompareRules:
    """Rules that fit both sides' types; most columns get none."""
    columns = {}
    for name, own in source.types.items():
        if name in target.types and draw(st.integers(0, 2)) == 0:
            kinds = (kind(own), kind(target.types[name]))
            rule = draw(_column_rule(kinds, (own, target.types[name]), name in keys, allow_map))
            columns[name] = rule
    zone = draw(st.sampled_from([None, None, "UTC", "America/New_York"]))
    threshold = st.builds(
        Threshold,
        rows=st.sampled_from([None, None, 0, 1, 2, 5]),
        share=st.sampled_from([Decimal(text) for text in ("0.25", "0.5", "0.9", "1")]),
    )
    severities = dict(DEFAULT_SEVERITIES)
    if draw(st.booleans()):
        severities[draw(st.sampled_from(list(FindingKind)))] = draw(st.sampled_from(list(Severity)))
    return CompareRules(
        match_key=tuple(keys),
        columns=columns,
        assume_timezone=zone,
        severities=severities,
        thresholds=draw(
            st.one_of(
                st.just({}),
                st.dictionaries(st.sampled_from(list(Kind)), threshold, max_size=4),
                st.fixed_dictionaries(dict.fromkeys(Kind, threshold)),
            )
        ),
    )


def _column_rule(
    kinds: tuple[str, str],
    types: tuple[pa.DataType, pa.DataType],
    is_key: bool,
    allow_map: bool,
) -> st.SearchStrategy[ColumnRule]:
    found: list[st.SearchStrategy[ColumnRule]] = [st.just(ColumnRule())]
    both = set(kinds)
    if both <= NUMBERS and not is_key:
        found += [st.sampled_from(_TOLERANCES), _cast(_NUMBER_CASTS)]
    if both <= {"integer", "text"} and not is_key:
        found.append(_cast(["string", "int64", "decimal(18,2)"]))
    if both == {"text"}:
        found.append(_NORMALIZE)
        if allow_map:
            found.append(st.just(ColumnRule(map={"A": "a", "ab": "c", "": None, "c": "ab"})))
        if not is_key:
            found += [st.just(ColumnRule(as_json=True)), _cast(["int64", "decimal(10,2)"])]
    if both <= {"date", "local"} and not is_key:
        found += [st.sampled_from(_WITHIN), _cast(["date", "timestamp[ms]", "timestamp[us]"])]
    if both == {"instant"} and not is_key:
        found += [st.sampled_from(_WITHIN), _cast(["timestamp[ms, UTC]"])]
    if both == {"time"} and not is_key:
        found.append(st.sampled_from(_WITHIN))
    if both == {"list"} and all(kind(plain(t).value_type) in NUMBERS for t in types):
        found += [st.just(ColumnRule(unordered=True)), st.sampled_from(_TOLERANCES)]
    return st.one_of(found)


def _cast(names: list[str]) -> st.SearchStrategy[ColumnRule]:
    return st.sampled_from(names).map(lambda name: ColumnRule(cast=name))


@st.composite
def questions(draw: st.DrawFn, *, allow_map: bool = True) -> Question:
    """Two related sides in files, and rules."""
    source, families, keys = draw(sources())
    names = list(source.types)
    target = draw(targets(source, families, keys))
    rules = draw(rules_for(source, target, names[:keys], allow_map=allow_map))
    ours, theirs = draw(files_of(source)), draw(files_of(target))
    if draw(st.integers(0, 5)) == 0 and len(names) > keys:
        lost = draw(st.sampled_from(names[keys:]))
        theirs = tuple(
            replace(f, table=f.table.drop_columns([lost] if lost in f.table.column_names else []))
            for f in theirs
        )
    return Question(ours, theirs, rules)


@st.composite
def pairs_of_tables(draw: st.DrawFn) -> tuple[Side, Side, CompareRules]:
    """Two related sides, not yet in files, and rules."""
    source, families, keys = draw(sources())
    target = draw(targets(source, families, keys))
    rules = draw(rules_for(source, target, list(source.types)[:keys]))
    return source, target, rules
