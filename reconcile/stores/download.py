"""Writing a pinned object to a file: whole and checked, or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from reconcile.model.objects import ObjectInfo
from reconcile.stores.checksum import Verifier
from reconcile.stores.protocol import CutShort
from reconcile.stores.system_errors import ELSEWHERE, unwritable

CHUNK_BYTES = 1 << 20
TEMPORARY_PREFIX = ".reconcile-"
"""Files under this name are writes in flight; no listing shows them."""


def write_pinned(
    chunks: Iterable[bytes], pinned: ObjectInfo, destination: Path, *, where: str
) -> Mapping[str, str]:
    """Writes the bytes of a pinned object to a file.

    Args:
        chunks: The object's bytes, as they come.
        pinned: What they must be.
        destination: The file, which appears only when all is well.
        where: The object's location, for messages.

    Returns:
        The checksums of the bytes that were computed on the way, our own among them.

    Raises:
        CutShort: Fewer or more bytes came than the pin says, or a checksum disagrees.
        DiskFull: No room for the file.
    """
    verifier = Verifier(pinned.checksums)

    def fill(file: BinaryIO) -> None:
        count = 0
        for chunk in chunks:
            file.write(chunk)
            verifier.update(chunk)
            count += len(chunk)
        _require_right(count, verifier, pinned, where)

    write_atomically(destination, fill, publish=os.replace, durable=False)
    return verifier.computed()


def checked_whole(data: bytes, pinned: ObjectInfo, *, where: str) -> Mapping[str, str]:
    """The checksums of the bytes of a pinned object: those it comes with, and our own.

    Raises:
        CutShort: They are fewer or more than the pin says, or a checksum disagrees.
    """
    verifier = Verifier(pinned.checksums)
    verifier.update(data)
    _require_right(len(data), verifier, pinned, where)
    return {**pinned.checksums, **verifier.computed()}


def write_atomically(
    destination: Path,
    fill: Callable[[BinaryIO], None],
    *,
    publish: Callable[[Path, Path], None],
    elsewhere: str = ELSEWHERE,
    durable: bool = True,
) -> os.stat_result:
    """Fills a temporary file beside the destination, makes it durable and publishes it.

    A copy of what can be fetched again need not be `durable`.

    Returns:
        The status of the published file, also where somebody else has replaced it since.

    Raises:
        FileExistsError: `publish` refused, since the destination is there.
        DiskFull: No room. Like after any other error, nothing is left behind.
        AccessDenied: The system refuses for another reason.
    """
    temporary = destination.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            fill(file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            publish(temporary, destination)
            # Publishing is a change, too. The open file is ours, whatever has its name by now.
            with suppress(FileNotFoundError):
                temporary.unlink()
            status = os.fstat(file.fileno())
    except FileExistsError:
        raise  # the answer to a create-only write
    except OSError as error:
        raise unwritable(destination, error, elsewhere=elsewhere) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return status


def _require_right(count: int, verifier: Verifier, pinned: ObjectInfo, where: str) -> None:
    if count != pinned.size:
        raise CutShort(
            f"{where} was cut short on the way",
            found=f"{count} bytes",
            expected=f"{pinned.size} bytes",
            next_step="run again",
        )
    wrong = verifier.disagreement()
    if wrong is not None:
        algorithm, found, expected = wrong
        raise CutShort(
            f"{where} arrived with other bytes than the store vouches for",
            found=f"{algorithm} {found}",
            expected=expected,
            next_step="run again; if it stays, the object is corrupt in the store",
        )
