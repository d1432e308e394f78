"""One side's schema: its files united by column name, and what they disagree about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from reconcile.comparison.hive import folder_columns
from reconcile.comparison.types import type_name, widest
from reconcile.errors import BadInput
from reconcile.model.discrepancy import Side


@dataclass(frozen=True)
class FileSchema:
    """One data file as its footer describes it.

    Attributes:
        name: The object's path, for people.
        columns: Names and types in the order of the file.
        rows: Rows, as the footer counts them.
        folders: Columns its Hive folders spell, None for NULL.
    """

    name: str
    columns: tuple[tuple[str, pa.DataType], ...]
    rows: int
    folders: Mapping[str, str | None]


@dataclass(frozen=True)
class SideSchema:
    """The columns of one side, each with the types it has among the files.

    Attributes:
        side: Which side this is.
        columns: Column name to its widest common type, in the order first met.
        types: Column name to every distinct type it has in some file.
        folders: The columns that come from Hive folders; they win over columns of the files.
        rows: Rows of all files.
    """

    side: Side
    columns: Mapping[str, pa.DataType]
    types: Mapping[str, tuple[pa.DataType, ...]]
    folders: frozenset[str]
    rows: int


def unite(side: Side, files: Sequence[FileSchema]) -> SideSchema:
    """Unites a side's files by column name, in the widest common type.

    Raises:
        BadInput: A file names a column twice, or a column's files have no common type.
    """
    from_folders = folder_columns([file.folders for file in files])
    types: dict[str, dict[pa.DataType, str]] = {}
    # Files that were written alike have the very same columns, which are looked at once.
    alike: dict[int, FileSchema] = {}
    for file in files:
        alike.setdefault(id(file.columns), file)
    for file in alike.values():
        _refuse_doubled(side, file)
        for name, arrow in file.columns:
            if name not in from_folders:
                types.setdefault(name, {}).setdefault(arrow, file.name)
    for name, arrow in from_folders.items():
        types[name] = {arrow: "a folder name"}
    columns = {name: _common_type(side, name, seen) for name, seen in types.items()}
    return SideSchema(
        side=side,
        columns=columns,
        types={name: tuple(seen) for name, seen in types.items()},
        folders=frozenset(from_folders),
        rows=sum(file.rows for file in files),
    )


def absent(side: Side, like: SideSchema, rename: Mapping[str, str]) -> SideSchema:
    """The empty side that stands in for an absent partition: the other side's columns, no rows.

    Args:
        side: The absent side.
        like: The other side's schema.
        rename: Target column to source column.
    """
    named = renamed(like, rename)[0] if side is Side.SOURCE else like
    return SideSchema(side, named.columns, named.types, frozenset(), 0)


def renamed(schema: SideSchema, rename: Mapping[str, str]) -> tuple[SideSchema, dict[str, str]]:
    """A target's schema under the source's names, and those names' original spelling.

    Renaming a column that is not there changes nothing: it is a column of one side only, if any.

    Raises:
        BadInput: Two columns would have one name.
    """
    original: dict[str, str] = {}
    for name in schema.columns:
        new = rename.get(name, name)
        if new in original:
            raise BadInput(
                f"rename makes two columns of the {schema.side} side one",
                found=f"columns {original[new]!r} and {name!r}, both named {new!r}",
                next_step="exclude one of them or rename it too",
            )
        original[new] = name
    return (
        SideSchema(
            side=schema.side,
            columns={new: schema.columns[old] for new, old in original.items()},
            types={new: schema.types[old] for new, old in original.items()},
            folders=frozenset(rename.get(name, name) for name in schema.folders),
            rows=schema.rows,
        ),
        original,
    )


def _refuse_doubled(side: Side, file: FileSchema) -> None:
    times = Counter(name for name, _ in file.columns)
    doubled = sorted(name for name, many in times.items() if many > 1)
    if doubled:
        raise BadInput(
            f"{side} file {file.name} has two columns of one name",
            found=", ".join(repr(name) for name in doubled),
            expected="every column name once",
        )


def _common_type(side: Side, name: str, seen: Mapping[pa.DataType, str]) -> pa.DataType:
    common = widest(tuple(seen))
    if common is None:
        found = ", ".join(f"{type_name(arrow)} in {file}" for arrow, file in seen.items())
        raise BadInput(
            f"column {name!r} has no common type among the files of the {side} side",
            found=found,
            expected="types that widen to one",
            next_step="rewrite the files that disagree",
        )
    return common
