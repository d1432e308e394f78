"""What a task may use: sizes, shares, and the limits of its host."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile.errors import BadInput
from reconcile.jobs.host import held_memory, usable_cores, usable_memory
from reconcile.jobs.resources import EngineShare, Resources, engine_share

MB = 10**6


def test_the_engine_gets_what_is_neither_held_nor_taken_outside_its_buffers() -> None:
    alone = engine_share(1_000 * MB, held=100 * MB, threads=1)
    assert alone == EngineShare(805 * MB, 1)
    assert alone.limit == "805000000B"
    assert engine_share(1_000 * MB, held=300 * MB, threads=1).memory == alone.memory - 200 * MB
    assert engine_share(1_000 * MB, held=100 * MB, threads=4).memory < alone.memory
    fetching = engine_share(1_000 * MB, held=100 * MB, threads=1, downloads=8)
    assert fetching.memory == alone.memory - 16 * 16 * MB


def test_little_memory_is_for_fewer_threads() -> None:
    used = [
        engine_share(memory * MB, held=100 * MB, threads=8).threads for memory in (260, 400, 2_000)
    ]
    assert used == [1, 2, 8]


def test_the_least_that_works_is_told_and_works() -> None:
    with pytest.raises(BadInput) as caught:
        engine_share(200 * MB, held=100 * MB, threads=2, downloads=1)
    assert "found 200MB" in caught.value.line()
    least = "at least 307MB, of which the process holds 100MB"
    assert least in caught.value.line()
    assert engine_share(307 * MB, held=100 * MB, threads=2, downloads=1).threads == 1


def test_without_a_word_it_is_most_of_what_the_process_may_use(tmp_path: Path) -> None:
    resources = Resources.of(environ={"RECONCILE_SPOOL": str(tmp_path)})
    assert resources == Resources(int(usable_memory() * 0.8), usable_cores(), tmp_path)
    said = {"RECONCILE_MEMORY": "3GB", "RECONCILE_THREADS": "5", "RECONCILE_SPOOL": str(tmp_path)}
    assert Resources.of(environ=said) == Resources(3 * 10**9, 5, tmp_path)
    assert Resources.of(memory="1GB", threads=2, environ=said) == Resources(10**9, 2, tmp_path)


def test_downloads_are_as_many_as_memory_allows() -> None:
    little, much = (Resources(held_memory() + n * MB, 1, Path()) for n in (150, 5_000))
    assert (little.downloads(), much.downloads()) == (1, 8)


def test_what_this_process_holds_is_measured() -> None:
    before = held_memory()
    more = bytearray(b"x" * (64 * MB))
    assert 50 * MB < held_memory() - before < 200 * MB
    del more


class Host:
    """A host's own files below a folder."""

    def __init__(self, root: Path, groups: str) -> None:
        self.root = root
        self.write("proc/self/cgroup", groups)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")


def test_limits_of_unified_groups_hold_from_the_own_to_the_outermost(tmp_path: Path) -> None:
    host = Host(tmp_path, "0::/system.slice/worker.service")
    assert usable_memory(tmp_path) == usable_memory(tmp_path / "absent")
    host.write("sys/fs/cgroup/memory.max", "max")
    host.write("sys/fs/cgroup/system.slice/memory.max", str(300 * MB))
    host.write("sys/fs/cgroup/system.slice/worker.service/memory.max", str(400 * MB))
    host.write("sys/fs/cgroup/system.slice/cpu.max", "50000 100000")
    assert usable_memory(tmp_path) == 300 * MB
    assert usable_cores(tmp_path) == 1


def test_limits_of_separate_groups_hold_inside_a_container(tmp_path: Path) -> None:
    host = Host(tmp_path, "9:memory:/docker/4f\n4:cpu,cpuacct:/docker/4f\n1:name=systemd:/")
    cores = usable_cores(tmp_path / "absent")
    host.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
    host.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
    assert usable_cores(tmp_path) == cores
    host.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "60000")
    host.write("sys/fs/cgroup/memory/memory.limit_in_bytes", str(200 * MB))
    assert usable_memory(tmp_path) == 200 * MB
    assert usable_cores(tmp_path) == 1


def test_a_limit_beyond_the_machine_is_none(tmp_path: Path) -> None:
    Host(tmp_path, "0::/").write("sys/fs/cgroup/memory.max", str(2**62))
    assert usable_memory(tmp_path) == usable_memory(tmp_path / "absent")


def test_a_share_that_nobody_asked_for_leaves_room_whatever_the_process_holds() -> None:
    held = held_memory()
    with pytest.raises(BadInput, match="too little"):
        Resources(held, 1, Path()).for_engine()
    share = Resources(held, 1, Path(), room=512 * 2**20).for_engine()
    assert 300 * MB < share.memory < 512 * 2**20
    assert Resources(held + 5_000 * MB, 1, Path(), room=1).for_engine().memory > 4_000 * MB
