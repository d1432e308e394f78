"""What is put: bytes or a file, as a stream of known size, so that no file is held in memory."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from reconcile.errors import BadInput
from reconcile.stores.system_errors import reason


@contextmanager
def readable(data: bytes | Path) -> Iterator[tuple[BinaryIO, int]]:
    """The bytes to send and how many they are.

    Raises:
        BadInput: The file cannot be read.
    """
    if not isinstance(data, Path):
        yield io.BytesIO(data), len(data)
        return
    try:
        file = data.open("rb")
    except OSError as error:
        raise BadInput(f"{data} cannot be read for sending", found=reason(error)) from error
    with file:
        yield file, os.fstat(file.fileno()).st_size
