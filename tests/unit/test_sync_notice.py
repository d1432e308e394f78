"""What people are told of a sync that ended badly: its end and its counts, and no object's name."""

from __future__ import annotations

from typing import Any

from reconcile.report.notice import mail_body
from reconcile.report.sync_content import SyncWindowReport
from reconcile.report.sync_notice import notice_of_sync
from tests.unit.sync_samples import failed, figures, sync_report, synced, trouble

CANARY = "c4n4ry.parquet"


def told(*windows: SyncWindowReport) -> Any:
    report = sync_report(*windows) if windows else None
    return notice_of_sync("flights", report, airflow_run="historical r1", failed_task="report")


def test_an_incomplete_window_says_its_counts_and_names_no_object() -> None:
    window = synced(
        did=figures(copied=60, absent=5),
        troubles=(trouble(CANARY, reason=f"{CANARY} has vanished"),),
        error=f"{CANARY} could not be read",
        report="s3://artifacts/runs/r1/report.html",
    )
    notice = told(window)
    assert notice.title == "flights 2013-01-05: Incomplete"
    assert notice.text.startswith("5 of 65 objects of 2013-01-05 are not done: 5 missing.")
    assert notice.text.endswith("The log of the task report says why.")
    assert notice.facts == (
        ("Window", "2013-01-05"),
        ("State", "Incomplete"),
        ("Objects", "65"),
        ("Done", "60"),
        ("Not done", "5"),
        ("Report", "s3://artifacts/runs/r1/report.html"),
        ("Airflow run", "historical r1"),
    )
    assert CANARY not in mail_body(notice)


def test_several_windows_are_told_in_short() -> None:
    notice = told(
        synced("2013-01-04"),
        synced("2013-01-05", figures(copied=60, absent=5)),
        failed("2013-01-06", f"{CANARY} could not be read"),
    )
    assert notice.title == "flights 2013-01-04 to 2013-01-06, 3 days: Not known"
    assert notice.facts[:3] == (
        ("2013-01-04", "Complete, 65 of 65 objects done"),
        ("2013-01-05", "Incomplete, 60 of 65 objects done"),
        ("2013-01-06", "Not known"),
    )
    assert CANARY not in mail_body(notice)


def test_where_nothing_is_known_it_says_so() -> None:
    notice = told()
    assert notice.title == "flights: The sync failed"
    assert "It is not known what has been copied." in notice.text
    assert notice.facts == (("Airflow run", "historical r1"),)
