"""Threads that share heaps."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

_ALLOCATING = """
import ctypes, sys, threading
from reconcile.jobs.host import share_heaps

if sys.argv[1] == "shared":
    assert share_heaps(2)
all_here = threading.Barrier(8)

def work():
    held = [bytes(1000) for _ in range(1000)]
    all_here.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps of threads are glibc's")
@pytest.mark.parametrize(("how", "few"), [("shared", True), ("as ever", False)])
def test_threads_share_two_heaps(tmp_path: Path, how: str, few: bool) -> None:
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", _ALLOCATING, how, str(told)], check=True)
    assert (told.read_text().count("<heap ") <= 2) == few


_FREEING = """
import sys
from reconcile.jobs.host import held_memory, share_heaps

if sys.argv[1] == "given back":
    assert share_heaps(2)
b"x" * (20 << 20)  # from now on glibc takes what is as large from the heap
before = held_memory()
large, small = [], []
for _ in range(8):
    large.append(b"x" * (16 << 20))
    small.append(b"y" * 100_000)
del large
print(held_memory() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what it keeps is glibc's way")
@pytest.mark.parametrize(("how", "kept"), [("given back", False), ("as ever", True)])
def test_what_is_large_is_given_back(how: str, kept: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FREEING, how], check=True, capture_output=True, text=True
    )
    assert (int(done.stdout) > 64 << 20) == kept
