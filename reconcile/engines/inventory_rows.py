"""The files of an inventory as a table of the objects it lists, whoever wrote them and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reconcile.engines.inventory_reading import InventoryFiles, Reading, reading
from reconcile.errors import BadInput, Unreadable
from reconcile.model.inventory import Inventory, InventoryFormat, Service
from reconcile.statements import render


@dataclass(frozen=True)
class _Column:
    """A column that we read.

    Attributes:
        spelt: As its service spells it.
        required: Whether there is nothing to compare without it.
        instant: Whether it holds times.
    """

    spelt: str
    required: bool = False
    instant: bool = False

    @property
    def plain(self) -> str:
        """What all spellings have in common."""
        return _plain(self.spelt)


_COLUMNS: Mapping[Service, Mapping[str, _Column]] = {
    Service.S3: {
        "bucket": _Column("Bucket", required=True),
        "key": _Column("Key", required=True),
        "size": _Column("Size", required=True),
        "e_tag": _Column("ETag", required=True),
        "version_id": _Column("VersionId"),
        "is_latest": _Column("IsLatest"),
        "is_delete_marker": _Column("IsDeleteMarker"),
        "last_modified_date": _Column("LastModifiedDate", instant=True),
        "is_multipart_uploaded": _Column("IsMultipartUploaded"),
        "encryption_status": _Column("EncryptionStatus"),
    },
    Service.AZURE: {
        "blob_name": _Column("Name", required=True),
        "content_length": _Column("Content-Length", required=True),
        "etag": _Column("Etag", required=True),
        "version_id": _Column("VersionId"),
        "is_current_version": _Column("IsCurrentVersion"),
        "snapshot": _Column("Snapshot"),
        "deleted": _Column("Deleted"),
        "hdi_isfolder": _Column("hdi_isfolder"),
        "last_modified": _Column("Last-Modified", instant=True),
        "content_crc64": _Column("Content-CRC64"),
    },
}
"""Of each service, by the name that its statement has for it."""

_TOLD_TOGETHER = {
    Service.S3: ("version_id", "is_latest", "is_delete_marker"),
    Service.AZURE: ("version_id", "is_current_version"),
}
"""Columns that tell versions apart only together."""

_STATEMENTS = {Service.S3: "inventories/s3_rows", Service.AZURE: "inventories/azure_rows"}
_FAULTS = {
    "bucket": ("an object of another bucket", "objects of the bucket that its manifest names"),
    "name": ("a name that cannot be decoded", "names as the service encodes them"),
    "size": ("a size that is no number of bytes", "whole numbers of at most 64 bits"),
    "tag": ("an object without an ETag", "one of every object"),
    "version": ("a flag that is neither true nor false", "true or false"),
}


def list_objects(
    connection: duckdb.DuckDBPyConnection,
    files: InventoryFiles,
    *,
    table: str,
    workspace: Path,
    in_order: bool = False,
) -> int:
    """Makes a table of the objects that an inventory lists, each once (`sql/inventories/listed`).

    A row that says what another has said counts once; of several objects of one name the newest
    counts, where their versions say which that is.

    Args:
        connection: Where to.
        files: The inventory, and which of its objects are meant; they are called without the
            prefix.
        table: What to call the table.
        workspace: A private folder for links to the files.
        in_order: Whether to put the objects into the order of their names' UTF-8 bytes.

    Returns:
        Rows that told of an object again.

    Raises:
        BadInput: It is of another bucket, lacks a column, or may leave out what is meant.
        Unreadable: A file or a row cannot be understood, or objects of one name are as good as
            each other.
        DoesNotFit, DiskFull: It is too much.
    """
    connection.execute("SET TimeZone = 'UTC'")
    if not files.paths:
        _require_covered(files, files.container or _only(files.inventory))
        connection.execute(render("inventories/nothing", table=table))
        return 0
    with reading(connection, files, workspace=workspace) as how:
        _require_all_rows(connection, files, how)
        columns = _columns(files, how.types)
        container = _container(connection, files, how, columns)
        _require_covered(files, container)
        rows = render(
            _STATEMENTS[files.inventory.service],
            files=how.files,
            encoded=files.inventory.format is InventoryFormat.CSV,
            **columns,
        )
        statement = render("inventories/listed", table=table, rows=rows, in_order=in_order)
        meant = {"container": container, "prefix": files.prefix}
        connection.execute(statement, {**how.parameters, **meant})
        _refuse_faults(connection, files, table)
        return _settled(connection, files, table, in_order=in_order)


def _require_covered(files: InventoryFiles, container: str | None) -> None:
    inventory = files.inventory
    if inventory.container is not None and container != inventory.container:
        raise BadInput(
            f"the inventory {files.manifest} is of another bucket",
            found=inventory.container,
            expected=container,
            next_step="name the inventory of the bucket that is meant",
        )
    why = None if container is None else inventory.leaves_out_any(container, files.prefix)
    if why is not None:
        raise BadInput(
            f"the inventory {files.manifest} may leave out objects below {files.prefix or '/'}",
            found=why,
            expected=f"one of all that begins with {container}/{files.prefix}",
            next_step="change the inventory's rule, or compare only a prefix that it lists",
        )


def _only(inventory: Inventory) -> str | None:
    """The only container an inventory can be of, as far as its manifest says."""
    containers = {prefix.partition("/")[0] for prefix in inventory.covers if "/" in prefix}
    whole = all("/" in prefix for prefix in inventory.covers)
    return inventory.container or (containers.pop() if len(containers) == 1 and whole else None)


def _columns(files: InventoryFiles, types: Mapping[str, str]) -> dict[str, str]:
    """The SQL of each column, by the name that the service's statement has for it.

    A service has several spellings of a column (`Content-CRC64` and `ContentCRC64`, `ETag` and
    `e_tag`), which differ only in case and in what is neither letter nor digit.
    """
    known = _COLUMNS[files.inventory.service]
    there = {_plain(name): name for name in types}
    if len(there) != len(types):
        raise Unreadable(f"the files of {files.manifest} have a column twice")
    # What a rule lists and its files do not tell would make old versions look like objects.
    promised = {_plain(name) for name in files.inventory.columns}
    together = _TOLD_TOGETHER[files.inventory.service]
    some_versions = any(known[piece].plain in there for piece in together)
    missing = [
        column.spelt
        for piece, column in known.items()
        if column.plain not in there
        and (column.required or column.plain in promised or (some_versions and piece in together))
    ]
    if missing:
        raise BadInput(
            f"the inventory {files.manifest} does not tell all that is needed of an object",
            found=f"no column {', '.join(missing)}",
            next_step="add what is missing to the inventory's fields, and wait for the next one",
        )
    return {
        piece: _sql(there.get(column.plain), types, instant=column.instant)
        for piece, column in known.items()
    }


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _sql(name: str | None, types: Mapping[str, str], *, instant: bool) -> str:
    """A column as text, or as a timestamp in UTC; an empty text is NULL."""
    if name is None:
        return "CAST(NULL AS TIMESTAMP)" if instant else "CAST(NULL AS VARCHAR)"
    column, kind = '"' + name.replace('"', '""') + '"', types[name]
    if instant and kind.startswith("TIMESTAMP"):
        return f"CAST({column} AS TIMESTAMP)"
    if instant and kind == "BIGINT":
        return f"make_timestamp_ms({column})"
    text = f"decode({column})" if kind == "BLOB" else f"CAST({column} AS VARCHAR)"
    return f"TRY_CAST({text} AS TIMESTAMP)" if instant else f"nullif({text}, '')"


def _container(
    connection: duckdb.DuckDBPyConnection,
    files: InventoryFiles,
    how: Reading,
    columns: Mapping[str, str],
) -> str:
    """The container whose objects are meant, which the rows say where nobody else does."""
    container = files.container or _only(files.inventory)
    if container is not None:
        return container
    statement = render("inventories/containers", files=how.files, blob_name=columns["blob_name"])
    found = [row[0] for row in connection.execute(statement, how.parameters).fetchall()]
    if len(found) > 1:
        raise BadInput(
            f"the inventory {files.manifest} is of several containers",
            found=", ".join(sorted(map(str, found))) + " …",
            next_step="say which with a prefix such as az://container/folder",
        )
    return str(found[0]) if found else ""


def _require_all_rows(
    connection: duckdb.DuckDBPyConnection, files: InventoryFiles, how: Reading
) -> None:
    promised = files.inventory.rows
    if promised is None:
        return
    row = connection.execute(render("inventories/rows", files=how.files), how.parameters).fetchone()
    if row is None or row[0] < promised:
        raise Unreadable(
            f"the inventory {files.manifest} is not whole",
            found=f"{0 if row is None else row[0]:,} rows in its files",
            expected=f"{promised:,}, which its manifest says",
            next_step="name another inventory",
        )


def _refuse_faults(
    connection: duckdb.DuckDBPyConnection, files: InventoryFiles, table: str
) -> None:
    row = connection.execute(render("inventories/faults", table=table)).fetchone()
    if row is None:
        return
    fault, rows, example = row
    found, expected = _FAULTS[fault]
    named = "" if example is None else f", such as {str(example)[:200]!r}"
    raise Unreadable(
        f"the inventory {files.manifest} has rows that cannot be understood",
        found=f"{found}, {rows:,} times{named}",
        expected=expected,
        next_step="name another inventory",
    )


def _settled(
    connection: duckdb.DuckDBPyConnection, files: InventoryFiles, table: str, *, in_order: bool
) -> int:
    """Leaves each object once, and says how many rows that took away."""
    before, distinct = _counts(connection, table)
    if before == distinct:
        return 0
    ambiguous = connection.execute(render("inventories/ambiguous", table=table)).fetchone()
    if ambiguous is not None:
        raise Unreadable(
            f"the inventory {files.manifest} lists several objects of one name",
            found=f"{ambiguous[0][:200]!r}, of other sizes or tags, and no newest version",
            expected="each object once, or versions with the time they were written",
            next_step="name another inventory, or add VersionId and the time to its fields",
        )
    connection.execute(render("inventories/newest", table=table, in_order=in_order))
    return before - _counts(connection, table)[0]


def _counts(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    row = connection.execute(render("inventories/repeated", table=table)).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return int(row[0]), int(row[1])
