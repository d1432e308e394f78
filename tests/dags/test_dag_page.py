"""What people read about a DAG in the UI."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.model.dataset import Dataset
from reconcile.model.location import Location
from reconcile.orchestration.dag_page import dag_page
from tests.dags.bookings import Bookings
from tests.dags.conftest import CHECKOUT

KINDS = ["daily_reconciliation", "reconciliation_on_arrival"]


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
