"""Parquet files: their footers, and the few things in them that the engine would not read exactly.

The engine reads Parquet faithfully except for three things, which are rewritten first: decimals of
more than 38 digits (it reads them as floats) become text, INT96 times (it cuts them to
microseconds) become timestamps, and maps (it refuses those that repeat a key) become lists of
pairs.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.comparison.schema import FileSchema
from reconcile.comparison.types import Kind, element_of, fields_of, kind_of, plain
from reconcile.errors import AccessDenied, DiskFull, Unreadable

_ROWS_AT_ONCE = 65_536
_PATTERN = frozenset("*?[]{}\\")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NANOSECONDS_REACH = 2**63 // 1_000 - 1
"""Microseconds either side of the epoch that nanoseconds in 64 bits still hold."""


@dataclass(frozen=True)
class DataFile:
    """One Parquet file on this machine's disk, ready for the engine.

    Attributes:
        path: Where it lies; a name of ours, never one from data.
        schema: Its footer and folders.
        group: Files whose rows are fingerprinted together have one number; the same number on
            both sides is the same place.
    """

    path: Path
    schema: FileSchema
    group: int = 0


@dataclass(frozen=True)
class _Layout:
    """What a schema says of every file that has it.

    Attributes:
        columns: Names and types in the order of the file.
        is_odd: Whether the engine would not read some column exactly.
        has_times: Whether some column may be INT96.
    """

    columns: tuple[tuple[str, pa.DataType], ...]
    is_odd: bool
    has_times: bool


_ENDS = (b"PAR1", b"PARE")
"""What a Parquet file ends with; the second where its footer is encrypted."""


@lru_cache(maxsize=256)
def _layout(schema: pa.Schema) -> _Layout:
    """Worked out once for all files of one schema: of thousands it took longer than reading."""
    columns = tuple((field.name, field.type) for field in schema)
    return _Layout(
        columns,
        is_odd=any(_is_odd(arrow) for _, arrow in columns),
        has_times=any(kind_of(arrow) in (Kind.LOCAL, Kind.INSTANT) for _, arrow in columns),
    )


def open_file(
    path: Path, name: str, folders: Mapping[str, str | None], workspace: Path
) -> DataFile:
    """Reads a file's footer, and rewrites the file where the engine would not read it exactly.

    Args:
        path: The file.
        name: The object's name, for messages.
        folders: Columns its Hive folders spell.
        workspace: A private folder for what is rewritten or linked.

    Raises:
        Unreadable: It is not Parquet, or corrupt.
        AccessDenied: This user may not read it.
        DiskFull: There is no room to rewrite it.
    """
    with _readable(name, path):
        with pq.ParquetFile(path) as file:
            layout, rows = _layout(file.schema_arrow), file.metadata.num_rows
            int96 = _int96_columns(file) if layout.has_times else []
        if int96 or layout.is_odd:
            schema, path = _rewritten(path, int96, workspace, name)
            layout = _layout(schema)
    return DataFile(_safe_path(path, workspace), FileSchema(name, layout.columns, rows, folders))


def footer_length(end: bytes) -> int | None:
    """How long the footer is that some last bytes of a file end with; None if that is no Parquet.

    What would be the footer's length in any other file may be anything up to 4 GB.
    """
    return int.from_bytes(end[-8:-4], "little") + 8 if end.endswith(_ENDS) else None


def read_schema(
    footer: bytes | Path, name: str, folders: Mapping[str, str | None]
) -> FileSchema | None:
    """What a file's footer says of it; None where only the file itself would (INT96 times).

    Args:
        footer: The file, or its last bytes with the whole footer among them.
        name: The object's name, for messages.
        folders: Columns its Hive folders spell.

    Raises:
        Unreadable: It is not Parquet, or corrupt.
        AccessDenied: This user may not read it.
    """
    path = footer if isinstance(footer, Path) else None
    source = pa.BufferReader(footer) if isinstance(footer, bytes) else footer
    with _readable(name, path), pq.ParquetFile(source) as file:
        layout = _layout(file.schema_arrow)
        if layout.has_times and _int96_columns(file):
            return None
        return FileSchema(name, layout.columns, file.metadata.num_rows, folders)


@contextmanager
def _readable(name: str, path: Path | None) -> Iterator[None]:
    """What goes wrong with a file inside the block, as our errors."""
    try:
        yield
    except (
        pa.ArrowInvalid,
        pa.ArrowNotImplementedError,
        pa.ArrowKeyError,
        EOFError,
        UnicodeDecodeError,  # the name of a column is no text
    ) as error:
        raise _unreadable(name, path, error) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(f"no room to rewrite {name}", found=os.strerror(error.errno)) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise AccessDenied(
                f"{name} may not be read",
                found=os.strerror(error.errno),
                next_step="grant this user the right to read it",
            ) from error
        raise _unreadable(name, path, error) from error


def write_table(table: pa.Table, path: Path) -> None:
    """Writes an Arrow table the caller holds in memory as a file the engine can read.

    Raises:
        DiskFull: There is no room for it.
    """
    try:
        pq.write_table(table, path, version="2.6", store_schema=True)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise DiskFull(
            "no room for the rows to compare",
            found=f"a full disk at {path.parent}",
            next_step="free space, or name another folder in RECONCILE_SPOOL",
        ) from error


def _unreadable(name: str, path: Path | None, error: Exception) -> Unreadable:
    empty = path is not None and (not path.exists() or path.stat().st_size == 0)
    found = "an object of zero bytes" if empty else str(error).splitlines()[0].rstrip(".")
    return Unreadable(
        f"{name} cannot be read as Parquet",
        found=found,
        expected="a whole Parquet file",
        next_step="write it again at its origin, or move it away",
        object_name=name,
    )


def _safe_path(path: Path, workspace: Path) -> Path:
    """A link of our own naming where the path holds what the engine takes for a pattern."""
    if _PATTERN.isdisjoint(str(path)):
        return path
    link = _own_folder(workspace) / "linked.parquet"
    link.symlink_to(path.resolve())
    return link


def _own_folder(workspace: Path) -> Path:
    """A folder no other file's footer, read at the same time, is given."""
    workspace.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=workspace))


def _int96_columns(file: pq.ParquetFile) -> list[str]:
    """Top-level INT96 columns. Nested ones keep the engine's microseconds, as Spark writes them."""
    leaves = (file.schema.column(index) for index in range(len(file.schema)))
    return [
        leaf.name for leaf in leaves if leaf.physical_type == "INT96" and leaf.path == leaf.name
    ]


def _is_odd(arrow: pa.DataType) -> bool:
    arrow = plain(arrow)
    match kind_of(arrow):
        case Kind.DECIMAL:
            return bool(arrow.precision > 38)
        case Kind.MAP:
            return True
        case Kind.LIST:
            return _is_odd(element_of(arrow))
        case Kind.STRUCT:
            return any(_is_odd(field) for _, field in fields_of(arrow))
    return False


def _rewritten(path: Path, int96: list[str], workspace: Path, name: str) -> tuple[pa.Schema, Path]:
    """A copy that the engine reads exactly, and the schema that the original stands for."""
    destination = _own_folder(workspace) / "rewritten.parquet"
    unit = _int96_unit(path, int96, name) if int96 else None
    with pq.ParquetFile(path, coerce_int96_timestamp_unit=unit) as file:
        schema = file.schema_arrow
        stored = pa.schema([pa.field(field.name, _stored_type(field.type)) for field in schema])
        with pq.ParquetWriter(destination, stored, version="2.6", store_schema=True) as writer:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                columns = [_stored(column) for column in batch.columns]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=stored))
    return schema, destination


def _int96_unit(path: Path, columns: list[str], name: str) -> str:
    """The unit that holds a file's INT96 times exactly: microseconds reach further back and
    forth, nanoseconds are finer."""
    import pyarrow.compute as pc  # noqa: PLC0415 - what hardly any file needs

    with (
        pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as coarse,
        pq.ParquetFile(path, coerce_int96_timestamp_unit="ns") as fine,
    ):
        micros = coarse.read(columns).cast(pa.schema([(c, pa.int64()) for c in columns]))
        nanos = fine.read(columns).cast(pa.schema([(c, pa.int64()) for c in columns]))
    if all(pc.multiply(micros[c], 1_000).equals(nanos[c]) for c in columns):
        return "us"
    reach = pc.max(pc.abs(pa.concat_arrays([a for c in columns for a in micros[c].chunks])))
    if reach.as_py() <= _NANOSECONDS_REACH:
        return "ns"
    raise Unreadable(
        f"{name} holds INT96 times that no timestamp unit holds exactly",
        found="both times outside 1677-2262 and fractions of a microsecond",
        next_step="write the column as timestamp[us] or timestamp[ns]",
    )


def _stored_type(arrow: pa.DataType) -> pa.DataType:
    if not _is_odd(arrow):
        return arrow
    arrow = plain(arrow)
    match kind_of(arrow):
        case Kind.DECIMAL:
            return pa.string()
        case Kind.MAP:
            key, value = _stored_type(arrow.key_type), _stored_type(arrow.item_type)
            return pa.list_(pa.struct([("key", key), ("value", value)]))
        case Kind.LIST:
            return pa.list_(_stored_type(element_of(arrow)))
        case _:
            return pa.struct([(name, _stored_type(field)) for name, field in fields_of(arrow)])


def _stored(array: pa.Array) -> pa.Array:
    """An array in its stored type; parts that are not odd are passed on untouched."""
    if not _is_odd(array.type):
        return array
    array = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    match kind_of(array.type):
        case Kind.DECIMAL:
            spelled = [None if v is None else format(v, "f") for v in array.to_pylist()]
            return pa.array(spelled, pa.string())
        case Kind.MAP:
            keys, items = _stored(array.keys), _stored(array.items)
            entries = pa.StructArray.from_arrays([keys, items], names=["key", "value"])
            return _list_of(array, entries)
        case Kind.LIST:
            whole = array.cast(pa.list_(element_of(array.type)))
            return _list_of(whole, _stored(whole.values))
        case _:
            fields = [_stored(array.field(i)) for i in range(array.type.num_fields)]
            names = [field_name for field_name, _ in fields_of(array.type)]
            return pa.StructArray.from_arrays(fields, names=names, mask=array.is_null())


def _list_of(original: pa.Array, values: pa.Array) -> pa.Array:
    """A list array with the original's lengths and NULLs over other values."""
    ends = original.offsets
    if original.null_count:
        starts = pa.array(
            [
                s if valid else None
                for s, valid in zip(ends.to_pylist(), original.is_valid().to_pylist(), strict=False)
            ]
            + [ends[-1].as_py()],
            pa.int32(),
        )
        return pa.ListArray.from_arrays(starts, values)
    return pa.ListArray.from_arrays(ends, values)
