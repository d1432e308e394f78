"""How many threads Arrow has, which is one number for the whole process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def computing_on(threads: int) -> Iterator[None]:
    """Arrow computes on so many threads inside the block, and reads files on no more."""
    before = pa.cpu_count(), pa.io_thread_count()
    pa.set_cpu_count(threads)
    pa.set_io_thread_count(min(threads, before[1]))
    try:
        yield
    finally:
        pa.set_cpu_count(before[0])
        pa.set_io_thread_count(before[1])
