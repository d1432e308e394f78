"""Asks Airflow's real application for pages of ours, in a process of its own.

    python -m tests.web.answers '[["admin", "/dags/…", {}], …]'

Each request: a user or null, the address below our pages, and what is otherwise meanwhile
(variables of the environment; `DEFECT` for a defect of ours). Answers as JSON, one each.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from typing import Any

from airflow import settings
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.dagrun import DagRun
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from fastapi.testclient import TestClient

from reconcile.history.calendar import Calendar
from reconcile.jobs.artifacts import DOCUMENT, REPORT, Artifacts
from reconcile.jobs.setting import Setting
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.run import RunKind, Step
from reconcile.model.window import Grain
from reconcile.report.html import html_report
from reconcile.report.snapshot_html import snapshot_html_report
from reconcile.report.sync_html import sync_html_report
from reconcile.web import reports
from tests.unit.report_samples import report
from tests.unit.snapshot_samples import sample
from tests.unit.sync_samples import sync_report, synced

ASKED_AT = datetime(2026, 11, 22, 5, tzinfo=UTC)
BELOW = "/airflow"
REPORTED = [step for step in Step if step is not Step.VERDICT]

RUNS = {
    ("bookings", "manual__2026-11-22T05:00:00+00:00"): REPORTED,
    ("bookings", "planned"): [Step.PLAN],
    ("bookings", "failed"): [Step.PLAN],
    ("bookings", "removed"): REPORTED,
    ("bookings", "unplanned"): None,
    ("payments", "theirs"): REPORTED,
}
BACKUPS = {"saved": True, "saving": False}
"""Airflow's runs of a backup, and whether their last task has come to its end."""
SYNCED = ("bookings", "synced")
"""Airflow's runs by dataset and id, with the steps of ours that are done; None: it never began."""


def prepare() -> None:
    """Airflow's database with those runs, and ours."""
    initdb()
    with create_session() as session, Setting.open() as setting:
        for (dataset, run_id), steps in RUNS.items():
            asked = AirflowRun(f"daily_reconciliation__{dataset}", run_id)
            run = DagRun(dag_id=asked.dag_id, run_id=run_id, run_type="manual", run_after=ASKED_AT)
            session.add(run)
            if steps is not None:
                _begin(setting, dataset, asked.our_run_id(ASKED_AT), steps)
        sync = AirflowRun(f"historical_sync__{SYNCED[0]}", SYNCED[1])
        session.add(
            DagRun(dag_id=sync.dag_id, run_id=sync.run_id, run_type="manual", run_after=ASKED_AT)
        )
        _begin_sync(setting, sync.our_run_id(ASKED_AT))
        for run_id, ended in BACKUPS.items():
            backup = AirflowRun(f"snapshot_backup__{SYNCED[0]}", run_id)
            about = {"run_type": "manual", "run_after": ASKED_AT}
            session.add(DagRun(dag_id=backup.dag_id, run_id=run_id, **about))
            if ended:
                page = snapshot_html_report(sample())
                Artifacts(setting, backup.our_run_id(ASKED_AT)).write_text(REPORT, page)
        for dataset in ("bookings", "payments"):
            _begin(setting, dataset, f"20261122T050000-{dataset}-0a1b2c", REPORTED)
        failed = AirflowRun("daily_reconciliation__bookings", "failed").our_run_id(ASKED_AT)
        setting.state.runs.fail(failed, "bucket <b>ops</b> does not exist", now=ASKED_AT)


def _begin(setting: Setting, dataset: str, run_id: str, steps: list[Step]) -> None:
    window = Calendar("UTC", Grain.DAY, date(2013, 1, 1)).window("2013-01-05")
    setting.state.runs.begin(run_id, dataset, window, now=ASKED_AT)
    for step in steps:
        setting.state.runs.step_done(run_id, step, now=ASKED_AT)
    artifacts = Artifacts(setting, run_id)
    artifacts.write_text(REPORT, html_report(report(dataset=dataset)))
    artifacts.write_json(DOCUMENT, {"dataset": dataset})


def _begin_sync(setting: Setting, run_id: str) -> None:
    window = Calendar("UTC", Grain.DAY, date(2013, 1, 1)).window("2013-01-05")
    kind = RunKind.SYNC
    setting.state.runs.begin(run_id, SYNCED[0], window, kind=kind, now=ASKED_AT)
    for step in kind.steps:
        setting.state.runs.step_done(run_id, step, now=ASKED_AT)
    content = sync_report(synced(), dataset=SYNCED[0])
    Artifacts(setting, run_id).write_text(REPORT, sync_html_report(content))


def answer(
    client: TestClient, user: str | None, path: str, meanwhile: dict[str, str]
) -> dict[str, Any]:
    """One answer: status, headers, text."""
    headers = {} if user is None else {"Authorization": f"Bearer {_token(user)}"}
    opened, environ = reports.Setting, dict(os.environ)
    os.environ.update(meanwhile)
    if "DEFECT" in meanwhile:
        reports.Setting = _Defect
    try:
        found = client.get(f"{BELOW}/reconcile{path}", headers=headers)
    finally:
        reports.Setting = opened
        os.environ.clear()
        os.environ.update(environ)
    return {"status": found.status_code, "headers": dict(found.headers), "text": found.text}


class _Defect:
    @staticmethod
    def open() -> None:
        raise RuntimeError(os.environ["DEFECT"])


def _token(user: str) -> str:
    role = "admin" if user == "admin" else "viewer"
    return str(get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role=role)))


if __name__ == "__main__":
    prepare()
    # Only what asks is tested: the lifespan of the whole server stays out of it.
    asking = TestClient(create_app(apps="core"), raise_server_exceptions=False)
    print(json.dumps([answer(asking, *request) for request in json.loads(sys.argv[1])]))
    settings.dispose_orm(do_log=False)
