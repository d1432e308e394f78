"""One side made ready: its objects fetched, their footers read, their columns united."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from reconcile.comparison.hive import folder_values
from reconcile.comparison.schema import FileSchema, SideSchema, absent, unite
from reconcile.engines.parquet import DataFile, open_file, read_schema, write_table
from reconcile.errors import BadInput, NotFound, PartitionsAbsent
from reconcile.model.discrepancy import Side
from reconcile.model.objects import ObjectInfo
from reconcile.stores.listing import Listing
from reconcile.stores.spool import Spool

if TYPE_CHECKING:
    import pandas as pd

Rows: TypeAlias = "pa.Table | pd.DataFrame"
"""Rows the caller holds in memory."""

_FOOTERS_AT_ONCE = 4
_LIKELY_FOOTER = 64 * 1024
_PARQUET_ENDS = (b"PAR1", b"PARE")


@dataclass(frozen=True)
class ReadySide:
    """One side as the engine can read it.

    Attributes:
        side: Which side.
        files: Its files on this machine's disk.
        schema: Its columns.
        listing: The pinned objects they came from; None for rows held in memory.
        bytes: Bytes of the objects that were read whole.
    """

    side: Side
    files: tuple[DataFile, ...]
    schema: SideSchema
    listing: Listing | None
    bytes: int


def ready_sides(
    source: Listing | Rows,
    target: Listing | Rows,
    rename: Mapping[str, str],
    spool: Spool,
    *,
    wanted: Mapping[Side, Set[str]] | None = None,
) -> dict[Side, ReadySide]:
    """Both sides made ready in a spool.

    An empty listing that says it is absent (a window's partition that nobody wrote) becomes an
    empty side with the other side's columns.

    Args:
        source: The reference: pinned objects, or rows held in memory.
        target: The other side.
        rename: Target column to source column.
        spool: Where objects are fetched to.
        wanted: The objects of each side whose rows are wanted; of the others only the footers are
            read, since every file has a say in its side's columns. All are wanted if None.

    Raises:
        NotFound: A location holds no data file.
        BadInput: A side's files have no common schema.
        Unreadable, Changed, DiskFull: As the spool and the footers say.
    """
    sides = {
        side: _opened(side, rows, spool, None if wanted is None else wanted[side])
        for side, rows in ((Side.SOURCE, source), (Side.TARGET, target))
    }
    schemas = {
        side: unite(side, opened.schemas) for side, opened in sides.items() if opened.schemas
    }
    if not schemas:
        raise PartitionsAbsent("neither side has a data file")
    for side in sides.keys() - schemas.keys():
        schemas[side] = absent(side, next(iter(schemas.values())), rename)
    return {
        side: ReadySide(side, opened.files, schemas[side], opened.listing, opened.bytes)
        for side, opened in sides.items()
    }


@dataclass(frozen=True)
class _Opened:
    """A side's wanted files, and what the footers of all of them say."""

    files: tuple[DataFile, ...]
    schemas: tuple[FileSchema, ...]
    listing: Listing | None
    bytes: int


def _opened(side: Side, rows: Listing | Rows, spool: Spool, wanted: Set[str] | None) -> _Opened:
    workspace = spool.path / side.value
    if not isinstance(rows, Listing):
        workspace.mkdir()
        path = workspace / "rows.parquet"
        write_table(_table(rows), path)
        file = open_file(path, f"the {side} rows", {}, workspace)
        return _Opened((file,), (file.schema,), None, 0)
    if not rows.objects and not rows.absent:
        raise NotFound(
            f"the {side} location {rows.store.root}/{rows.base} holds no data file",
            found="only names that begin with _ or ., or none",
            expected="Parquet files",
        )
    mine = [info for info in rows.objects if wanted is None or info.name in wanted]
    others = [info for info in rows.objects if wanted is not None and info.name not in wanted]
    files = _fetched(rows, mine, spool, workspace)
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        known = list(pool.map(lambda info: _schema_of(rows, info), others))
    # The few whose footers do not tell everything.
    unknown = [info for info, schema in zip(others, known, strict=True) if schema is None]
    told = [file.schema for file in _fetched(rows, unknown, spool, workspace)]
    by_name = {
        schema.name: schema
        for schema in [*(file.schema for file in files), *filter(None, known), *told]
    }
    return _Opened(
        files,
        tuple(by_name[_name(rows, info)] for info in rows.objects),
        rows,
        sum(info.size for info in (*mine, *unknown)),
    )


def _fetched(
    listing: Listing, objects: Sequence[ObjectInfo], spool: Spool, workspace: Path
) -> tuple[DataFile, ...]:
    """Some objects of a listing, on this machine's disk."""
    spooled = spool.fetch(replace(listing, objects=tuple(objects)))
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        files = pool.map(
            lambda one: open_file(
                one.path,
                _name(listing, one.info),
                folder_values(listing.relative(one.info)),
                workspace,
            ),
            spooled,
        )
        return tuple(files)


def _schema_of(listing: Listing, info: ObjectInfo) -> FileSchema | None:
    """What the footer of an object says, read alone."""
    footer = listing.store.path_of(info.name) or _end(listing, info)
    return read_schema(footer, _name(listing, info), folder_values(listing.relative(info)))


def _end(listing: Listing, info: ObjectInfo) -> bytes:
    """An object's last bytes, with the whole footer among them where it is Parquet."""

    def last(length: int) -> bytes:
        start = max(0, info.size - length)
        return listing.store.get(info.name, start=start, if_match=info.etag)

    end = last(_LIKELY_FOOTER)
    if not end.endswith(_PARQUET_ENDS):
        return end  # What would be the footer's length there may be anything up to 4 GB.
    length = int.from_bytes(end[-8:-4], "little") + 8
    return end if length <= len(end) else last(length)


def _name(listing: Listing, info: ObjectInfo) -> str:
    return f"{listing.store.root}/{info.name}"


def _table(rows: Rows) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    if _is_frame(rows):
        try:
            return pa.Table.from_pandas(rows, preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise BadInput(
                "a data frame has a column without one type", found=str(error)
            ) from error
    raise BadInput(
        "rows of an unknown kind",
        found=type(rows).__name__,
        expected="a location, a pandas DataFrame or a pyarrow Table",
    )


def _is_frame(rows: Any) -> bool:
    """Whether these are a pandas frame; whoever holds one has imported pandas, we need not."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(rows, pandas.DataFrame)
