"""What of ours belongs to a run of Airflow's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconcile.model.airflow_run import AirflowRun

ASKED_AT = datetime(2026, 11, 22, 5, tzinfo=UTC)
RUN = AirflowRun("daily_reconciliation__bookings", "manual__2026-11-22T05:00:00+00:00")


def test_our_run_is_the_same_each_time() -> None:
    assert RUN.our_run_id(ASKED_AT) == RUN.our_run_id(ASKED_AT)
    assert RUN.our_run_id(ASKED_AT).startswith("20261122T050000-bookings-")


def test_another_run_of_airflow_is_another_run_of_ours() -> None:
    ids = {
        AirflowRun(dag, run).our_run_id(at)
        for dag in ("daily_reconciliation__bookings", "another__bookings")
        for run in ("manual__1", "manual__2")
        for at in (ASKED_AT, ASKED_AT + timedelta(seconds=1))
    }
    assert len(ids) == 8


def test_its_dataset_is_what_follows_the_family() -> None:
    assert RUN.dataset == "bookings"
    assert AirflowRun("daily_reconciliation__loyalty__points", "x").dataset == "loyalty__points"
    assert AirflowRun("reconciliation_on_arrival__bookings", "x").dataset == "bookings"


@pytest.mark.parametrize("family", ["snapshot_backup", "restore_drill", "restore"])
def test_of_backups_and_restores_nothing_is_in_our_runs(family: str) -> None:
    run = AirflowRun(f"{family}__bookings", "x")
    assert (run.dataset, run.of_snapshots, run.kind) == ("bookings", True, None)
    assert not RUN.of_snapshots
    assert not AirflowRun("restored__bookings", "x").of_snapshots


def test_what_a_run_makes_is_named_by_the_run_and_by_no_other() -> None:
    runs = [AirflowRun("snapshot_backup__bookings", name) for name in ("a", "b")]
    tokens = {run.token(ASKED_AT) for run in runs}
    assert len(tokens) == 2
    assert tokens == {run.token(ASKED_AT) for run in runs}


def test_a_dag_of_others_is_about_no_dataset() -> None:
    assert AirflowRun("nightly_cleanup", "x").dataset == ""
    assert AirflowRun("theirs__bookings", "x").dataset == ""


def test_the_report_s_address_is_relative_and_each_id_one_part_of_it() -> None:
    assert RUN.report == (
        "reconcile/dags/daily_reconciliation__bookings/dagRuns/"
        "manual__2026-11-22T05%3A00%3A00%2B00%3A00/report"
    )
    assert AirflowRun("a/b", "../c?d#e").report == (
        "reconcile/dags/a%2Fb/dagRuns/..%2Fc%3Fd%23e/report"
    )


def test_one_run_of_airflow_may_have_several_reports() -> None:
    assert RUN.report_of("20261122T050000-bookings-0a1b2c") == (
        "reconcile/dags/daily_reconciliation__bookings/runs/20261122T050000-bookings-0a1b2c/report"
    )
