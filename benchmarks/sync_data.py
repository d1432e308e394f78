"""What a historical sync is measured over: windows of small objects and a large one each.

Run as a process of its own, which the environment leads to the servers:
`python -m benchmarks.sync_data PREFIX WINDOWS`. It puts them into the S3 server with the checksum
that AWS's SDKs send with everything today.
"""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import boto3

from benchmarks.emulated_clouds import BUCKET

WINDOWS = 20
SMALL_OBJECTS = 100
"""In each window."""

SMALL, LARGE = 1_000_000, 200_000_000
"""Bytes of an object; of the large ones there is one in each window."""

FIRST = date(2024, 1, 1)
_AT_ONCE = 4


def day(number: int) -> date:
    """The day of a window, counted from 0."""
    return FIRST + timedelta(days=number)


def objects(windows: int) -> dict[str, int]:
    """The sizes of all objects by their names below the prefix."""
    sizes = {f"{index:03}.bin": SMALL for index in range(SMALL_OBJECTS)} | {"large.bin": LARGE}
    return {
        f"day={day(number)}/{name}": size
        for number in range(windows)
        for name, size in sizes.items()
    }


def put(prefix: str, windows: int) -> None:
    """Puts them all; their bytes are random, and the same every time."""
    s3 = boto3.client("s3")

    def put_one(name: str, size: int) -> None:
        data = random.Random(name).randbytes(size)
        s3.put_object(
            Bucket=BUCKET, Key=f"{prefix}/{name}", Body=data, ChecksumAlgorithm="CRC64NVME"
        )

    sizes = objects(windows)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(put_one, sizes, sizes.values()))


if __name__ == "__main__":
    put(sys.argv[1], int(sys.argv[2]))
