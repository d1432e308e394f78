"""What people read about a DAG in the UI."""

from __future__ import annotations

import ast
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.snapshot import (
    KeyPlace,
    LockRules,
    RepositoryPlace,
    Retention,
    SnapshotRules,
)
from reconcile.model.sync import Brake, SyncRules
from reconcile.orchestration.dag_page import (
    backup_dag_page,
    dag_page,
    drill_dag_page,
    restore_dag_page,
    sync_dag_page,
)
from tests.dags.bookings import Bookings
from tests.dags.conftest import CHECKOUT

KINDS = [
    "daily_reconciliation",
    "reconciliation_on_arrival",
    "historical_sync",
    "snapshot_backup",
    "restore_drill",
    "restore",
]


def bookings(folder: Path) -> Dataset:
    return find_dataset("bookings", Bookings.written(folder).datasets)


def test_it_names_its_own_dataset_and_what_the_file_says(tmp_path: Path) -> None:
    page = dag_page("Start `daily__DATASET`.\n", bookings(tmp_path))
    assert page.startswith("Start `daily__bookings`.\n\nBookings, one row each\n\n| dataset |")
    assert f"| Source | `{tmp_path}/source` |" in page
    assert (
        "| Windows | each day of America/New_York, from 2013-01-01 until before 2014-01-01 |"
        in (page)
    )


def test_a_sync_s_page_says_what_is_copied_where_and_what_may_be_deleted(tmp_path: Path) -> None:
    dataset = bookings(tmp_path)
    page = sync_dag_page("", dataset, SyncRules(Side.TARGET, Side.SOURCE))
    assert f"| From | the target, `{tmp_path}/target` |" in page
    assert f"| To | the source, `{tmp_path}/source` |" in page
    assert "| Begins | by hand only |" in page
    assert "| Deletes | never: what the target does not have is left where it is |" in page
    brake = Brake(Decimal("0.005"), 1000)
    there = SyncRules(Side.SOURCE, Side.TARGET, schedule="0 3 * * *", deletes=True, brake=brake)
    page = sync_dag_page("", dataset, there)
    assert "| Begins | `0 3 * * *` on that zone's clock, once a window has ended |" in page
    assert "more than 1,000 or 0.5% of a window only when approved |" in page
    assert "at the 7 windows before its own, for late or rewritten data |" in page


def test_a_backup_s_page_says_what_is_saved_where_and_for_how_long(tmp_path: Path) -> None:
    dataset = bookings(tmp_path)
    place = RepositoryPlace("s3://vault/bookings", lock=LockRules(35))
    rules = SnapshotRules(
        Side.SOURCE,
        place,
        copy=RepositoryPlace("az://second/bookings", key=KeyPlace("file", "/keys/a|b")),
        schedule="0 7 * * *",
        drill="0 9 * * 0",
        retention=Retention(daily=7, monthly=12),
        erasure="s3://gone/keys.parquet",
    )
    page = backup_dag_page("", dataset, rules)
    assert f"| Snapshots of | the source, `{tmp_path}/source` |" in page
    assert "`s3://vault/bookings`, not encrypted by us, locked for 35 days, governance |" in page
    assert r"| Copy | `az://second/bookings`, `AES-256-GCM, key in key file /keys/a\|b` |" in page
    assert "| Begins | `0 7 * * *` on the clock of America/New_York |" in page
    assert "| Keeps | the newest of 7 days, 12 months |" in page
    drill = drill_dag_page("", dataset, rules)
    assert "| Begins | `0 9 * * 0` on the clock of America/New_York |" in drill
    assert "| Restores into | the worker's disk, which is cleared afterwards |" in drill
    back = restore_dag_page("", dataset, rules)
    assert "| Begins | by hand only |" in back
    assert "| Rows that do not come back | `s3://gone/keys.parquet` |" in back


def test_names_that_mean_something_in_markdown_stay_in_their_cell(tmp_path: Path) -> None:
    odd = bookings(tmp_path)
    odd = replace(
        odd,
        compare=replace(odd.compare, match_key=("a|b", "c`d", "`e``")),
        source=replace(odd.source, location=Location.parse("s3://bucket/a|b\nc`")),
    )
    lines = dag_page("", odd).splitlines()
    (key,) = (line for line in lines if line.startswith("| Match key"))
    assert key == r"| Match key | `a\|b`, `` c`d ``, ``` `e`` ``` |"
    (source,) = (line for line in lines if line.startswith("| Source"))
    assert source == r"| Source | `` s3://bucket/a\|b c` `` |"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_no_block_of_code(kind: str) -> None:
    """Airflow's UI joins the lines of one."""
    page = ast.get_docstring(ast.parse((CHECKOUT / "dags" / f"{kind}.py").read_text()), clean=False)
    assert page is not None
    assert [line for line in page.splitlines() if line.startswith(("    ", "```", "~~~"))] == []
