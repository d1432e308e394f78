"""One side as a relation: SQL that reads its files and writes the canonical columns.

Columns of files are addressed by position through the relation's own column names, so names in
data never meet the engine's case-insensitive, reserved or our own names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import pyarrow as pa

from reconcile.comparison.canonical import canonical, hashable
from reconcile.comparison.display import key_json, row_json, value_json
from reconcile.comparison.parts import all_bound, bindings
from reconcile.comparison.plan import ComparisonPlan, PlannedColumn
from reconcile.comparison.sql_text import literal
from reconcile.comparison.types import Kind, kind_of
from reconcile.engines.parquet import DataFile
from reconcile.model.discrepancy import Side
from reconcile.model.rules import ColumnRule, Normalization

Value = tuple[str, pa.DataType]
"""SQL of a column in files of one layout, and its type there."""
NumberedFile = tuple[int, DataFile]
"""A file with its place among its side's."""
_PLACES = ("file_number", "row_number", "file_group")


def key_names(plan: ComparisonPlan) -> list[str]:
    """The relation's key columns."""
    return [f"k{i}" for i in range(len(plan.keys))]


def column_names(plan: ComparisonPlan) -> list[str]:
    """The relation's other compared columns."""
    return [f"c{i}" for i in range(len(plan.columns))]


def key_hash(plan: ComparisonPlan) -> str:
    """SQL of the hash of a row's match key, over the relation's key columns."""
    return _hash(key_names(plan), plan.keys)


def row_hash(plan: ComparisonPlan) -> str:
    """SQL of the hash of a row's other compared columns."""
    return _hash(column_names(plan), plan.columns)


def _hash(names: Sequence[str], columns: Sequence[PlannedColumn]) -> str:
    pieces = [hashable(n, c.domain) for n, c in zip(names, columns, strict=True)]
    return f"hash({', '.join(pieces)})" if pieces else "CAST(0 AS UBIGINT)"


def match_key(plan: ComparisonPlan, prefix: str = "") -> str:
    """SQL of the match key as JSON, over the relation's key columns under a prefix."""
    return row_json(
        [
            (column.name, key_json(f"{prefix}{name}", column.domain))
            for name, column in zip(key_names(plan), plan.keys, strict=True)
        ]
    )


def canonical_relation(plan: ComparisonPlan, side: Side, files: Sequence[DataFile]) -> str:
    """SQL of a side's rows: the canonical keys and columns, each row's `file_group`, and its
    `row_number` in its file."""

    def select(values: Mapping[str, Value], source: str) -> str:
        columns = [f"{sql} AS {name}" for name, sql in _compared(plan, side, values)]
        kept = [*_keys(plan, side, values), *columns, "file_group", "row_number"]
        return f"SELECT {', '.join(kept)} FROM {source}"

    return _over_layouts(_numbered(files), plan, side, select)


def located_relation(
    plan: ComparisonPlan, side: Side, files: Sequence[DataFile], wanted: str
) -> str:
    """SQL of where some rows of a side lie: `file_number` among the files, and `row_number` in it.

    Args:
        plan: The plan.
        side: Which side.
        files: Its files.
        wanted: SQL of the join that leaves the wanted rows, over `f` with the key columns.
    """

    def select(values: Mapping[str, Value], source: str) -> str:
        place = "file_number, row_number"
        keys = ", ".join(_keys(plan, side, values))
        return f"SELECT {place} FROM (SELECT {place}, {keys} FROM {source}) AS f {wanted}"

    return _over_layouts(_numbered(files), plan, side, select)


def detailed_relation(
    plan: ComparisonPlan,
    side: Side,
    files: Sequence[DataFile],
    numbers: Sequence[int],
    *,
    with_rows: bool,
) -> str:
    """SQL of a side's located rows: canonical keys and columns, and the whole row as `row_json`.

    Args:
        plan: The plan.
        side: Which side; the table `located_<side>` says which rows.
        files: Its files.
        numbers: Those among them that hold a located row.
        with_rows: Whether `row_json` is wanted; else it is NULL.
    """
    # By the row's number alone the engine reads little else than the rows themselves.
    wanted = (
        f"SEMI JOIN located_{side} AS u ON u.row_number = f.row_number"
        if len(numbers) <= 1
        else f"JOIN (SELECT row_number, list(file_number) AS file_numbers FROM located_{side} "
        "GROUP BY row_number) AS u ON u.row_number = f.row_number "
        "WHERE list_contains(u.file_numbers, f.file_number)"
    )

    def select(values: Mapping[str, Value], source: str) -> str:
        columns = [f"{sql} AS {name}" for name, sql in _compared(plan, side, values)]
        row = _row(plan, side, values) if with_rows else "CAST(NULL AS VARCHAR)"
        kept = [*key_names(plan), *columns, f"{row} AS row_json"]
        keys = ", ".join(_keys(plan, side, values))
        return f"SELECT {', '.join(kept)} FROM (SELECT *, {keys} FROM {source}) AS f {wanted}"

    some = [(number, files[number]) for number in numbers]
    return _over_layouts(some, plan, side, select)


def raw_relation(
    plan: ComparisonPlan,
    side: Side,
    files: Sequence[DataFile],
    columns: Sequence[str],
    key: str,
    *,
    where: str = "",
) -> str:
    """SQL of a side's rows as they are: the named columns as `x0`, `x1` …, and the match key.

    Args:
        plan: The plan.
        side: Which side.
        files: Its files.
        columns: Names in the side's own spelling.
        key: SQL of the match key as JSON over the canonical keys `k0`, `k1` ….
        where: A WHERE clause over the canonical keys; every row if empty.
    """
    wanted = [f"x{i}" for i in range(len(columns))]

    def select(values: Mapping[str, Value], source: str) -> str:
        raw = [
            f"{values[name][0] if name in values else 'NULL'} AS {x}"
            for x, name in zip(wanted, columns, strict=True)
        ]
        return (
            f"SELECT {', '.join([*wanted, f'{key} AS match_key'])} "
            f"FROM (SELECT {', '.join([*raw, *_keys(plan, side, values)])} FROM {source}){where}"
        )

    return _over_layouts(_numbered(files), plan, side, select)


def _keys(plan: ComparisonPlan, side: Side, values: Mapping[str, Value]) -> list[str]:
    return [
        f"{_planned(values, column, side)} AS {name}"
        for name, column in zip(key_names(plan), plan.keys, strict=True)
    ]


def _compared(
    plan: ComparisonPlan, side: Side, values: Mapping[str, Value]
) -> list[tuple[str, str]]:
    return [
        (name, _planned(values, column, side))
        for name, column in zip(column_names(plan), plan.columns, strict=True)
    ]


def _numbered(files: Sequence[DataFile]) -> list[NumberedFile]:
    return list(enumerate(files))


def _over_layouts(
    files: Sequence[NumberedFile],
    plan: ComparisonPlan,
    side: Side,
    select: Callable[[Mapping[str, Value], str], str],
) -> str:
    """One SELECT over all files of one layout each, united by position."""
    files = [(number, file) for number, file in files if file.schema.rows]
    if not files:
        schema = plan.source if side is Side.SOURCE else plan.target
        empty = {name: ("NULL", pa.null()) for name in schema.columns}
        places = ", ".join(f"CAST(0 AS BIGINT) AS {name}" for name in _PLACES)
        return select(empty, f"(SELECT {places} WHERE false) AS f")
    ordered = sorted(files, key=_layout)
    layouts = [list(alike) for _, alike in groupby(ordered, key=_layout)]
    return "\nUNION ALL\n".join(select(*_alike(alike, plan, side)) for alike in layouts)


def _layout(numbered: NumberedFile) -> str:
    _, file = numbered
    return repr([(name, str(arrow)) for name, arrow in file.schema.columns]) + repr(
        list(file.schema.folders)
    )


def _alike(
    numbered: Sequence[NumberedFile], plan: ComparisonPlan, side: Side
) -> tuple[dict[str, Value], str]:
    schema = plan.source if side is Side.SOURCE else plan.target
    files = [file for _, file in numbered]
    first = files[0].schema
    names = [f"f{i}" for i in range(len(first.columns))]
    values: dict[str, Value] = {
        column: (sql, arrow)
        for sql, (column, arrow) in zip(names, first.columns, strict=True)
        if column not in schema.folders
    }
    paths = ", ".join(literal(str(file.path)) for file in files)
    folders = list(first.folders)
    for i, name in enumerate(folders):
        values[name] = (f"h{i}", schema.columns[name])
    aliases = ", ".join([*names, "file_name"])
    reader = (
        f"(SELECT *, file_row_number AS row_number "
        f"FROM read_parquet([{paths}], filename = true, hive_partitioning = false, "
        f"union_by_name = false) AS f({aliases})) AS f"
    )
    for sql, arrow in list(values.values()):
        for level in bindings(sql, arrow):
            parts = ", ".join(f"{path} AS {name}" for path, name in level.items())
            reader = f"(SELECT *, {parts} FROM {reader}) AS f"
    types = [schema.columns[name] for name in folders]
    # What is of a file is told by its name. The engine's own `file_index` counts within the files
    # that are left when a filter has thrown some out.
    return values, f"{reader} JOIN {_file_rows(numbered, folders, types)} ON file_path = file_name"


def _file_rows(
    numbered: Sequence[NumberedFile], folders: Sequence[str], types: Sequence[pa.DataType]
) -> str:
    """A table of every file's number, group and folder values."""

    def value(text: str | None, arrow: pa.DataType) -> str:
        engine = "BIGINT" if kind_of(arrow) is Kind.INTEGER else "VARCHAR"
        return f"CAST({'NULL' if text is None else literal(text)} AS {engine})"

    rows = ", ".join(
        "("
        + ", ".join(
            [
                literal(str(file.path)),
                f"CAST({number} AS BIGINT)",
                f"CAST({file.group} AS BIGINT)",
                *(
                    value(file.schema.folders[name], arrow)
                    for name, arrow in zip(folders, types, strict=True)
                ),
            ]
        )
        + ")"
        for number, file in numbered
    )
    places = ("file_path", "file_number", "file_group")
    columns = ", ".join([*places, *(f"h{i}" for i in range(len(folders)))])
    return f"(VALUES {rows}) AS h({columns})"


def _planned(values: Mapping[str, Value], column: PlannedColumn, side: Side) -> str:
    name = column.name if side is Side.SOURCE else column.target_name
    if name not in values:
        return f"CAST(NULL AS {column.domain.sql})"
    sql, arrow = values[name]
    if kind_of(arrow) is Kind.TEXT:
        sql = _prepared(sql, column.rule, side)
    bound = all_bound(sql, arrow)
    return canonical(sql, arrow, column.domain, unordered=column.rule.unordered, bound=bound)


def _prepared(sql: str, rule: ColumnRule, side: Side) -> str:
    """A text column after `map` (target only) and `normalize`."""
    if rule.map and side is Side.TARGET:
        cases = " ".join(
            f"WHEN {literal(theirs)} THEN {'NULL' if ours is None else literal(ours)}"
            for theirs, ours in rule.map.items()
        )
        sql = f"(CASE {sql} {cases} ELSE {sql} END)"
    if rule.normalize == (Normalization.EMPTY_AS_NULL,):
        return f"nullif({sql}, '')"
    if rule.normalize:
        return f"reconcile_normalized({sql}, {literal(' '.join(rule.normalize))})"
    return sql


def _row(plan: ComparisonPlan, side: Side, values: Mapping[str, Value]) -> str:
    """The whole row as JSON, columns by the source's names in the order of the side's schema."""
    schema = plan.source if side is Side.SOURCE else plan.target
    spelled = {name: name if side is Side.SOURCE else plan.names[name] for name in schema.columns}
    return row_json(
        [
            (spelled[name], _json(*values[name]) if name in values else "NULL")
            for name in schema.columns
        ]
    )


def _json(sql: str, arrow: pa.DataType) -> str:
    return value_json(sql, arrow, bound=all_bound(sql, arrow))
