"""From a task to the report of its run."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture(scope="module")
def report_link(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.report_link")


def test_the_button_s_address_is_relative_so_that_airflow_may_lie_below_a_path(
    report_link: ModuleType,
) -> None:
    key = SimpleNamespace(dag_id="daily_reconciliation__bookings", run_id="manual__1")
    link = report_link.ReportLink()
    assert link.name == "Report"
    assert link.get_link(None, ti_key=key) == (
        "reconcile/dags/daily_reconciliation__bookings/dagRuns/manual__1/report"
    )


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("https://air.example/ops/", ["Report of bookings@2013-01-05: https://air.example/ops/r"]),
        ("https://air.example", ["Report of bookings@2013-01-05: https://air.example/r"]),
        ("", []),
    ],
)
def test_the_log_has_the_whole_address_where_airflow_s_is_known(
    report_link: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    base_url: str,
    said: list[str],
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base_url)
    with caplog.at_level("INFO"):
        report_link.log_report("bookings@2013-01-05", "r")
    assert caplog.messages == said
