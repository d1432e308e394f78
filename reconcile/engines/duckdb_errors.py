"""The errors of DuckDB as ours: the only place that knows its classes and words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from reconcile.errors import DiskFull, DoesNotFit, ReconcileError, Unreadable

_INTERRUPTED = ("Query interrupted", "executing the UDF: KeyboardInterrupt")
"""What becomes of Ctrl-C while the engine works, and while it calls one of our functions."""


@contextmanager
def translated(names: Mapping[str, str]) -> Iterator[None]:
    """DuckDB's errors inside the block as ours; a defect of ours passes unchanged.

    Args:
        names: The object's name for every file's path.

    Raises:
        DoesNotFit: It does not fit in memory.
        DiskFull: No room to spill, or for a result.
        Unreadable: A file is corrupt.
        KeyboardInterrupt: Somebody interrupted the engine.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise DoesNotFit(
            "the comparison does not fit in the memory it may use",
            found=_first_line(error),
            next_step="give it more with --memory, or free disk space for it to spill",
        ) from error
    except (duckdb.Error, RuntimeError) as error:
        if any(words in str(error) for words in _INTERRUPTED):
            raise KeyboardInterrupt from error
        if not isinstance(error, duckdb.Error):
            raise
        ours = _translation(error, names)
        if ours is None:
            raise
        raise ours from error


def _translation(error: duckdb.Error, names: Mapping[str, str]) -> ReconcileError | None:
    """A full disk or an unreadable file; None where it is neither."""
    message = _renamed(_first_line(error), names)
    if "No space left" in message:
        return DiskFull(
            "no room for the comparison to spill or to write its rows",
            found=message,
            next_step="free space, or name another folder in RECONCILE_SPOOL",
        )
    # Corrupt pages come as errors of any class, and few of them name their file: every file is
    # read again, alone, to find the one.
    for path, name in names.items():
        reason = _read_error(path)
        if reason is not None:
            return Unreadable(
                f"{name} cannot be read as Parquet",
                found=_renamed(reason, names),
                expected="a whole Parquet file",
                next_step="write it again at its origin, or move it away",
                object_name=name,
            )
    if isinstance(error, duckdb.IOException | duckdb.InvalidInputException | duckdb.DataError):
        return Unreadable("a data file cannot be read", found=message)
    return None


def _read_error(path: str) -> str | None:
    """Why a file cannot be read to its end; None where it can."""
    with duckdb.connect() as connection:
        try:
            connection.execute("SELECT bit_xor(hash(f)) FROM read_parquet($1) AS f", [path])
        except duckdb.Error as error:
            return _first_line(error)
    return None


def _renamed(message: str, names: Mapping[str, str]) -> str:
    for path, name in names.items():
        message = message.replace(path, name)
    return message


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
