"""Two inventories compared by a join, and the objects of one in order; millions of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from types import TracebackType

from reconcile.comparison.sql_text import literal
from reconcile.engines.duckdb_errors import translated
from reconcile.engines.duckdb_settings import connected
from reconcile.engines.inventory_reading import InventoryFiles
from reconcile.engines.inventory_rows import list_objects
from reconcile.model.discrepancy import Side
from reconcile.model.inventory import (
    InventoryComparison,
    ObjectDifference,
    ObjectOutcome,
    Objects,
)
from reconcile.model.objects import ObjectInfo
from reconcile.statements import render

_ROWS_AT_ONCE = 10_000
_BOTH = (Side.SOURCE, Side.TARGET)


class InventoryJoin:
    """Two inventories, joined by the names of their objects, byte for byte.

    Names are compared as the services keep them: case, and the ways Unicode has of spelling a
    letter, tell objects apart. Bytes are proven equal by a checksum that both services vouch for:
    CRC-64 of Azure's, MD5 of S3's where an ETag is one. What nobody vouches for is unproven.

    Args:
        source: The reference.
        target: What is compared with it.
        workspace: A private folder for what is spilled.
        memory: The most the engine's buffers may use, such as `2GB`; DuckDB's default if None.
        threads: How many threads; all cores if None.

    Raises:
        BadInput, Unreadable, DoesNotFit, DiskFull: On entering, as `list_objects`.
    """

    def __init__(
        self,
        source: InventoryFiles,
        target: InventoryFiles,
        *,
        workspace: Path,
        memory: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._files = {Side.SOURCE: source, Side.TARGET: target}
        self._workspace = workspace
        self._connection = connected(workspace, memory, threads)

    def __enter__(self) -> InventoryJoin:
        try:
            self._repeated = {side: self._listed(side) for side in _BOTH}
            with translated({}):
                self._connection.execute(render("inventories/joined"))
                self._totals = self._connection.execute(render("inventories/totals")).fetchall()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def comparison(self) -> InventoryComparison:
        """What became of every object, counted."""
        equal: dict[str, Objects] = {}
        outcomes: dict[ObjectOutcome, Objects] = {}
        for outcome, evidence, objects, size, *_ in self._totals:
            found = Objects(int(objects), int(size))
            if outcome == "equal":
                equal[evidence] = found
            else:
                kind = ObjectOutcome(outcome)
                outcomes[kind] = outcomes.get(kind, Objects()) + found
        return InventoryComparison(equal, outcomes, self._sides(), self._repeated)

    def differences(self) -> Iterator[ObjectDifference]:
        """Every object not proven equal, in the order of their names' UTF-8 bytes."""
        with translated({}):
            found = self._connection.cursor().execute(render("inventories/differences"))
            while rows := found.fetchmany(_ROWS_AT_ONCE):
                for name, outcome, *told in rows:
                    yield ObjectDifference(name, ObjectOutcome(outcome), *told)

    def write_differences(self, destination: Path) -> None:
        """Writes the same as a Parquet file, with the columns of `ObjectDifference`.

        Raises:
            DiskFull: No room for it.
        """
        with translated({}):
            self._connection.execute(
                f"COPY ({render('inventories/differences')}) TO {literal(str(destination))} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )

    def _listed(self, side: Side) -> int:
        return list_objects(
            self._connection,
            self._files[side],
            table=f"{side}_objects",
            workspace=self._workspace,
        )

    def _sides(self) -> Mapping[Side, Objects]:
        absent = {Side.SOURCE: "missing_in_source", Side.TARGET: "missing_in_target"}
        listed = dict.fromkeys(_BOTH, Objects())
        for outcome, _, objects, _, *sizes in self._totals:
            for side, size in zip(_BOTH, sizes, strict=True):
                if outcome != absent[side]:
                    listed[side] += Objects(int(objects), int(size))
        return listed


class InventoryObjects:
    """The objects of one inventory, in the order of their names' UTF-8 bytes.

    Args:
        files: The inventory, and which of its objects are meant. Its prefix narrows what can be
            asked for; names are whole.
        workspace: A private folder for what is spilled.
        memory: As of `InventoryJoin`.
        threads: Likewise.

    Raises:
        BadInput, Unreadable, DoesNotFit, DiskFull: On entering, as `list_objects`.
    """

    def __init__(
        self,
        files: InventoryFiles,
        *,
        workspace: Path,
        memory: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._files = files
        self._workspace = workspace
        self._connection = connected(workspace, memory, threads)

    def __enter__(self) -> InventoryObjects:
        try:
            list_objects(
                self._connection,
                self._files,
                table="objects",
                workspace=self._workspace,
                in_order=True,
            )
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """The objects whose names begin with a prefix, itself below the inventory's.

        Their checksums are those that the inventory vouches for.
        """
        below = self._files.prefix
        if not prefix.startswith(below):
            raise ValueError(f"{prefix!r} is not below {below!r}")
        wanted = prefix[len(below) :]
        parameters = {"prefix": wanted, "beyond": _after(wanted)}
        with translated({}):
            found = self._connection.cursor().execute(
                render("inventories/objects", table="objects"), parameters
            )
            while rows := found.fetchmany(_ROWS_AT_ONCE):
                for name, size, etag, version, modified, crc in rows:
                    yield ObjectInfo(
                        below + name,
                        size,
                        etag,
                        version,
                        None if modified is None else modified.replace(tzinfo=UTC),
                        {} if crc is None else {"crc64nvme": _base64(crc)},
                    )


def _base64(crc64nvme: int) -> str:
    """A checksum as S3 spells it."""
    return base64.b64encode(crc64nvme.to_bytes(8, "big")).decode()


def _after(prefix: str) -> str | None:
    """The least text that is more than all that begin with a prefix; None where none is."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    # UTF-8 orders as code points do, of which surrogates are none.
    last = ord(stem[-1]) + 1
    return stem[:-1] + ("\ue000" if last == 0xD800 else chr(last))
