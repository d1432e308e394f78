"""How the engine reads the files of an inventory: Parquet, or CSV in the dialect of its service."""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from reconcile.engines.duckdb_errors import translated
from reconcile.errors import Unreadable
from reconcile.model.inventory import Inventory, InventoryFormat, Service
from reconcile.statements import render

_LONGEST_HEADER = 64 * 1024
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class InventoryFiles:
    """An inventory whose files lie on this machine's disk, and which of its objects are meant.

    Attributes:
        inventory: What its manifest says.
        manifest: Where that lies, for messages.
        paths: Its files, in the manifest's order.
        container: The bucket or container whose objects are meant; None means the only one.
        prefix: What the names of those objects begin with.
    """

    inventory: Inventory
    manifest: str
    paths: Sequence[Path]
    container: str | None = None
    prefix: str = ""


@dataclass(frozen=True)
class Reading:
    """The rows of an inventory's files, as they are.

    Attributes:
        files: SQL that reads them.
        parameters: The SQL's.
        types: Their columns, as the files spell them, and the engine's types of them.
    """

    files: str
    parameters: Mapping[str, Any]
    types: Mapping[str, str]


@contextmanager
def reading(
    connection: duckdb.DuckDBPyConnection, files: InventoryFiles, *, workspace: Path
) -> Iterator[Reading]:
    """How to read an inventory's files; inside the block the engine's errors are ours.

    Args:
        connection: Who is going to read them.
        files: The inventory.
        workspace: A private folder for links to the files.

    Raises:
        Unreadable: A file is not what the manifest says, or corrupt.
        DoesNotFit, DiskFull: It is too much.
    """
    links = _linked(files, workspace)
    with _translated(files, links):
        if files.inventory.format is InventoryFormat.PARQUET:
            yield _of_parquet(connection, links)
        else:
            yield _of_csv(files, links)


def _linked(files: InventoryFiles, workspace: Path) -> list[str]:
    """Links of our own naming: what the files are called might be a pattern to the engine."""
    workspace.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=workspace))
    links = [folder / f"{number:06}" for number in range(len(files.paths))]
    for link, path in zip(links, files.paths, strict=True):
        link.symlink_to(path.resolve())
    return [str(link) for link in links]


def _of_parquet(connection: duckdb.DuckDBPyConnection, links: Sequence[str]) -> Reading:
    parameters = {"paths": list(links)}
    described = connection.execute(render("inventories/columns"), parameters).fetchall()
    types = {str(name): str(kind) for name, kind, *_ in described}
    return Reading(render("inventories/parquet"), parameters, types)


def _of_csv(files: InventoryFiles, links: Sequence[str]) -> Reading:
    is_zipped = _is_gzip(files, links)
    has_header = files.inventory.service is Service.AZURE
    names = _header(files, links, zipped=is_zipped) if has_header else files.inventory.columns
    types = dict.fromkeys(names, "VARCHAR")
    if len(types) != len(names) or not names:
        raise Unreadable(f"the files of {files.manifest} do not have one name for each column")
    parameters = {
        "paths": list(links),
        "columns": types,
        "compression": "gzip" if is_zipped else "none",
    }
    return Reading(render("inventories/csv", header=str(has_header).lower()), parameters, types)


def _is_gzip(files: InventoryFiles, links: Sequence[str]) -> bool:
    found = set()
    for link in links:
        with open(link, "rb") as file:
            found.add(file.read(len(_GZIP)) == _GZIP)
    if len(found) > 1:
        raise Unreadable(f"of the files of {files.manifest} some are compressed and some are not")
    return found.pop()


def _header(files: InventoryFiles, links: Sequence[str], *, zipped: bool) -> tuple[str, ...]:
    """The names in the first line of every file, which must be the same ones."""
    headers = set()
    for link in links:
        with gzip.open(link) if zipped else open(link, "rb") as file:
            line = file.readline(_LONGEST_HEADER).decode("utf-8-sig", "replace")
        headers.add(tuple(next(csv.reader([line.rstrip("\r\n")]), [])))
    if len(headers) > 1:
        raise Unreadable(f"the files of {files.manifest} do not have the same columns")
    return headers.pop()


@contextmanager
def _translated(files: InventoryFiles, links: Sequence[str]) -> Iterator[None]:
    """The engine's errors as ours, with the files called what the manifest calls them."""
    called = (file.name for file in files.inventory.files)
    names = dict(zip(links, called, strict=True))
    if files.inventory.format is InventoryFormat.PARQUET:
        with translated(names):
            yield
        return
    try:
        with translated({}):
            yield
    except (EOFError, gzip.BadGzipFile) as error:
        raise _not_csv(files, names, str(error)) from error
    except Unreadable as error:
        if not isinstance(error.__cause__, duckdb.Error):
            raise
        raise _not_csv(files, names, error.found or "") from error


def _not_csv(files: InventoryFiles, names: Mapping[str, str], message: str) -> Unreadable:
    for path, name in names.items():
        message = message.replace(path, name)
    return Unreadable(
        f"a file of the inventory {files.manifest} cannot be read as CSV",
        found=message,
        next_step="name another inventory",
    )
