"""A disk that fills up: exit code 3, one line that says so, and nothing else is harmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.errors import DiskFull, Incomplete
from reconcile.jobs.compare import compare
from reconcile.jobs.comparing import compare_rows
from reconcile.jobs.host import held_memory
from reconcile.jobs.resources import Resources
from reconcile.jobs.running import run_window
from reconcile.model.location import Location
from reconcile.model.result import Verdict
from reconcile.model.rules import CompareRules
from reconcile.model.run import RunStatus
from reconcile.stores.listing import Listing
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.spool import Spool
from tests.faults.disk import small_disk
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, workbench
from tests.integration.test_bad_input import assert_told

MANY = 20_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", kilobytes=256) as disk:
        yield disk


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    """A window with open letters, whose sides by now have nothing in common."""
    with workbench(tmp_path) as bench:
        bench.write("source", GOOD)
        bench.write("target", DIFFERING)
        bench.run()
        bench.write("source", numbers(1))
        bench.write("target", numbers(2))
        yield bench


def numbers(seed: int) -> pa.Table:
    """Rows that no codec makes small."""
    scattered = [(i * 2_654_435_761 * seed) % 2**61 for i in range(MANY)]
    return pa.table({"id": range(MANY), "v": scattered})


def test_objects_that_do_not_fit_are_not_fetched(disk: Path) -> None:
    store = MemoryStore()
    store.put("big", bytes(1_000_000))
    listing = Listing(store, (store.head("big"),), "")
    with pytest.raises(DiskFull) as caught, Spool(disk) as spool:
        spool.fetch(listing)
    assert_told(caught.value, str(disk), "1,000,000 bytes", "RECONCILE_SPOOL", exit_code=3)
    assert list(disk.iterdir()) == []


def test_rows_that_do_not_fit_in_the_spool_fail_the_run_alone(bench: Workbench, disk: Path) -> None:
    known = bench.told()
    resources = replace(bench.setting.resources, spool=disk)
    setting = replace(bench.setting, resources=resources)
    outcome = run_window(setting, bench.dataset(), bench.window())
    assert isinstance(outcome.error, DiskFull)
    assert_told(outcome.error, "no room", "RECONCILE_SPOOL", exit_code=3)
    run = bench.setting.state.runs.get(outcome.run_id)
    assert (run.status, run.error) == (RunStatus.FAILED, str(outcome.error))
    assert bench.told() == known
    assert list(disk.iterdir()) == []
    assert bench.run().verdict is Verdict.BREACHED
    assert bench.setting.state.dead_letters.list(limit=1).total >= MANY - 1


def test_artifacts_that_do_not_fit_fail_the_run_alone(bench: Workbench, disk: Path) -> None:
    known = bench.told()
    setting = replace(
        bench.setting, artifacts=LocalStore(disk), artifacts_location=Location.parse(str(disk))
    )
    outcome = run_window(setting, bench.dataset(), bench.window())
    assert isinstance(outcome.error, DiskFull)
    assert_told(outcome.error, str(disk), exit_code=3)
    assert bench.told() == known


def test_a_comparison_that_can_neither_hold_nor_spill_its_rows_is_incomplete(
    tmp_path: Path, disk: Path
) -> None:
    many = 400_000
    for name in ("source", "target"):
        wide = {
            "id": pa.array(range(many)),
            "n": pa.array([f"{name} {i:040d}" for i in range(many)]),
        }
        pq.write_table(pa.table(wide), tmp_path / name)
    least = held_memory() + 180 * 10**6
    resources = Resources(least, 1, disk)
    listings = [
        Listing(store, (store.head(name),), "")
        for store in [LocalStore(tmp_path)]
        for name in ("source", "target")
    ]
    with pytest.raises(Incomplete) as caught:
        compare_rows(
            *listings,
            CompareRules(match_key=("id",)),
            discrepancies=tmp_path / "rows.parquet",
            resources=resources,
        )
    assert_told(caught.value, "Next:", exit_code=3)


def test_rows_held_in_memory_that_do_not_fit_are_told_too(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_SPOOL", str(disk))
    with pytest.raises(DiskFull) as caught:
        compare(numbers(1), numbers(2), ["id"])
    assert_told(caught.value, str(disk), exit_code=3)
