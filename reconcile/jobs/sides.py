"""One side made ready: its objects fetched, their footers read, their columns united."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from reconcile.comparison.hive import folder_values
from reconcile.comparison.schema import SideSchema, absent, unite
from reconcile.engines.parquet import DataFile, open_file, write_table
from reconcile.errors import BadInput, NotFound, PartitionsAbsent
from reconcile.model.discrepancy import Side
from reconcile.stores.listing import Listing
from reconcile.stores.spool import Spool

if TYPE_CHECKING:
    import pandas as pd

Rows: TypeAlias = "pa.Table | pd.DataFrame"
"""Rows the caller holds in memory."""

_FOOTERS_AT_ONCE = 4


@dataclass(frozen=True)
class ReadySide:
    """One side as the engine can read it.

    Attributes:
        side: Which side.
        files: Its files on this machine's disk.
        schema: Its columns.
        listing: The pinned objects they came from; None for rows held in memory.
    """

    side: Side
    files: tuple[DataFile, ...]
    schema: SideSchema
    listing: Listing | None

    @property
    def bytes(self) -> int:
        """Bytes of the objects read."""
        return self.listing.bytes if self.listing is not None else 0


def ready_sides(
    source: Listing | Rows, target: Listing | Rows, rename: Mapping[str, str], spool: Spool
) -> dict[Side, ReadySide]:
    """Both sides made ready in a spool.

    An empty listing that says it is absent (a window's partition that nobody wrote) becomes an
    empty side with the other side's columns.

    Raises:
        NotFound: A location holds no data file.
        BadInput: A side's files have no common schema.
        Unreadable, Changed, DiskFull: As the spool and the footers say.
    """
    sides = {
        side: _files(side, rows, spool)
        for side, rows in ((Side.SOURCE, source), (Side.TARGET, target))
    }
    schemas = {
        side: unite(side, [file.schema for file in files])
        for side, (files, _) in sides.items()
        if files
    }
    if not schemas:
        raise PartitionsAbsent("neither side has a data file")
    for side in sides.keys() - schemas.keys():
        schemas[side] = absent(side, next(iter(schemas.values())), rename)
    return {
        side: ReadySide(side, files, schemas[side], listing)
        for side, (files, listing) in sides.items()
    }


def _files(
    side: Side, rows: Listing | Rows, spool: Spool
) -> tuple[tuple[DataFile, ...], Listing | None]:
    workspace = spool.path / side.value
    if not isinstance(rows, Listing):
        workspace.mkdir()
        path = workspace / "rows.parquet"
        write_table(_table(rows), path)
        return (open_file(path, f"the {side} rows", {}, workspace),), None
    if not rows.objects and not rows.absent:
        raise NotFound(
            f"the {side} location {rows.store.root}/{rows.base} holds no data file",
            found="only names that begin with _ or ., or none",
            expected="Parquet files",
        )
    spooled = spool.fetch(rows)
    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        files = pool.map(
            lambda one: open_file(
                one.path,
                f"{rows.store.root}/{one.info.name}",
                folder_values(rows.relative(one.info)),
                workspace,
            ),
            spooled,
        )
        return tuple(files), rows


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
