"""What people who are elsewhere are told of a backup, a drill or a restore that failed."""

from __future__ import annotations

from reconcile.report.snapshot_notice import notice_of_snapshots
from tests.unit.snapshot_samples import sample

ASKED = {
    "what": "backup",
    "airflow_run": "snapshot_backup__flights manual__1",
    "failed_task": "report",
}


def test_it_says_what_failed_and_what_a_restore_could_bring_back_all_the_same() -> None:
    notice = notice_of_snapshots("flights", sample(), **ASKED, link="https://air.example/run")
    assert notice.title == "flights: The backup failed"
    assert notice.text.startswith("A restore brings back flights as it was ")
    assert notice.text.endswith("The log of the task report says why.")
    facts = dict(notice.facts)
    assert int(facts["Good"].replace(",", "")) < int(facts["Snapshots"].replace(",", ""))
    assert facts["Airflow run"] == ASKED["airflow_run"]
    assert notice.link == "https://air.example/run"


def test_where_nothing_is_known_it_says_so_and_quotes_no_error() -> None:
    for report in (None, sample(repository={"error": "canary-8d1f", "standings": ()})):
        notice = notice_of_snapshots("flights", report, **ASKED)
        assert "It is not known what a restore of flights could bring back." in notice.text
        assert "canary" not in str(notice)
        assert [name for name, _ in notice.facts] == ["Airflow run"]
