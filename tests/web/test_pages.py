"""Reports on Airflow's address: who sees them, and what they come with."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconcile.model.airflow_run import AirflowRun
from tests.dags.bookings import Bookings
from tests.dags.conftest import CHECKOUT, AirflowHome

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

RUN = "manual__2026-11-22T05%3A00%3A00%2B00%3A00"
CANARY = "canary-8d1f"
NOWHERE = {"RECONCILE_ARTIFACTS": "/nowhere/at/all"}
NOBODY_LISTENS = {"RECONCILE_STATE": f"postgresql://us:{CANARY}@127.0.0.1:1/reconcile"} | NOWHERE


def address(run_id: str, *, dataset: str = "bookings", of: str = "report") -> str:
    return f"/dags/daily_reconciliation__{dataset}/dagRuns/{run_id}/{of}"


def ours(
    dataset: str, *, run_of: str | None = None, of: str = "report", by: str | None = None
) -> str:
    """The address of the report of the one of our runs that lies behind an arrival."""
    dag_id = by or f"reconciliation_on_arrival__{dataset}"
    return f"/dags/{dag_id}/runs/{OURS[run_of or dataset]}/{of}"


OURS = {name: f"20261122T050000-{name}-0a1b2c" for name in ("bookings", "payments")}
SYNC = "historical_sync__bookings"
OUR_SYNC = AirflowRun(SYNC, "synced").our_run_id(datetime(2026, 11, 22, 5, tzinfo=UTC))

BACKUP = "snapshot_backup__bookings"
OUR_BACKUP = AirflowRun(BACKUP, "saved").our_run_id(datetime(2026, 11, 22, 5, tzinfo=UTC))

REQUESTS: dict[str, tuple[str | None, str, dict[str, str]]] = {
    "admin": ("admin", address(RUN), {}),
    "viewer": ("viewer", address(RUN), {}),
    "stranger": ("stranger", address(RUN), {}),
    "stranger at home": ("stranger", address("theirs", dataset="payments"), {}),
    "nobody": (None, address(RUN), {}),
    "nobody, json": (None, address(RUN, of="report.json"), {}),
    "json": ("viewer", address(RUN, of="report.json"), {}),
    "planned": ("viewer", address("planned"), {}),
    "failed": ("viewer", address("failed"), {}),
    "unplanned": ("viewer", address("unplanned"), {}),
    "removed": ("viewer", address("removed"), NOWHERE),
    "another's": ("viewer", address("theirs"), {}),
    "every DAG": ("viewer", f"/dags/~/dagRuns/{RUN}/report", {}),
    "unknown run": ("viewer", address("never"), {}),
    "unknown DAG": ("viewer", address(RUN, dataset="nothing"), {}),
    "our id": ("viewer", address("20261122T050000-bookings-000000000000"), {}),
    "ours": ("viewer", ours("bookings"), {}),
    "ours, json": ("viewer", ours("bookings", of="report.json"), {}),
    "ours, stranger": ("stranger", ours("bookings"), {}),
    "ours, nobody": (None, ours("bookings"), {}),
    "ours of another": ("viewer", ours("bookings", run_of="payments"), {}),
    "ours, by a DAG of others": ("viewer", ours("bookings", by="theirs__bookings"), {}),
    "sync": ("viewer", f"/dags/{SYNC}/dagRuns/synced/report", {}),
    "sync, ours": ("viewer", f"/dags/{SYNC}/runs/{OUR_SYNC}/report", {}),
    "sync, stranger": ("stranger", f"/dags/{SYNC}/dagRuns/synced/report", {}),
    "sync, by the daily DAG": (
        "viewer",
        f"/dags/daily_reconciliation__bookings/runs/{OUR_SYNC}/report",
        {},
    ),
    "ours, by the sync's DAG": ("viewer", ours("bookings", by=SYNC), {}),
    "backup": ("viewer", f"/dags/{BACKUP}/dagRuns/saved/report", {}),
    "backup, stranger": ("stranger", f"/dags/{BACKUP}/dagRuns/saved/report", {}),
    "backup, at work": ("viewer", f"/dags/{BACKUP}/dagRuns/saving/report", {}),
    "backup, by the restore": ("viewer", "/dags/restore__bookings/dagRuns/saved/report", {}),
    "backup, ours": ("viewer", f"/dags/{BACKUP}/runs/{OUR_BACKUP}/report", {}),
    "ours, by the backup's DAG": ("viewer", ours("bookings", by=BACKUP), {}),
    "ours, up": ("viewer", "/dags/daily_reconciliation__bookings/runs/..%2Fx/report", {}),
    "up": ("viewer", address("..%2F..%2Fplanned"), {}),
    "up, twice encoded": ("viewer", address("..%252f..%252fother"), {}),
    "up, plainly": ("viewer", address("..;/..;/planned"), {}),
    "zero byte": ("viewer", address("planned%00"), {}),
    "no such page": ("viewer", "/dags", {}),
    "docs": (None, "/docs", {}),
    "description": (None, "/openapi.json", {}),
    "unreachable": ("viewer", address(RUN), NOBODY_LISTENS),
    "defect": ("viewer", address(RUN), {"DEFECT": CANARY}),
}


@dataclass(frozen=True)
class Answer:
    """What came of a request; headers by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def policy(self) -> dict[str, str]:
        """Its content security policy, by directive."""
        parts = self.headers["content-security-policy"].split("; ")
        return dict(part.split(" ", 1) for part in parts)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    folder = tmp_path_factory.mktemp("pages")
    home = AirflowHome(folder, Bookings.written(folder))
    done = home.run(
        *(sys.executable, "-m", "tests.web.answers", json.dumps([*REQUESTS.values()])),
        add={
            "PYTHONPATH": str(CHECKOUT),
            "AIRFLOW__CORE__AUTH_MANAGER": "tests.web.rights.RightsPerDag",
            "AIRFLOW__API__BASE_URL": "http://testserver/airflow",
            "AIRFLOW__API_AUTH__JWT_SECRET": "known to this test only, and long enough for its use",
        },
    )
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    return dict(zip(REQUESTS, (Answer(**one) for one in found), strict=True))


@pytest.mark.parametrize("user", ["admin", "viewer", "ours"])
def test_whoever_may_see_the_dag_s_runs_sees_the_report(
    answers: dict[str, Answer], user: str
) -> None:
    answer = answers[user]
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "bookings" in answer.text
    assert "payments" not in answer.text


@pytest.mark.parametrize("case", ["sync", "sync, ours"])
def test_whoever_may_see_a_sync_s_runs_sees_its_report(
    answers: dict[str, Answer], case: str
) -> None:
    answer = answers[case]
    assert answer.status == 200, answer.text
    assert "All 65 objects of 2013-01-05 are at the target, each proven equal." in answer.text


def test_whoever_may_see_a_backup_s_runs_sees_the_report_on_its_snapshots(
    answers: dict[str, Answer],
) -> None:
    answer = answers["backup"]
    assert answer.status == 200, answer.text
    assert "A restore brings back" in answer.text
    assert answers["backup, stranger"].status == 403


@pytest.mark.parametrize("case", ["json", "ours, json"])
def test_the_report_for_programs(answers: dict[str, Answer], case: str) -> None:
    answer = answers[case]
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.text) == {"dataset": "bookings"}


@pytest.mark.parametrize("case", ["nobody", "nobody, json", "ours, nobody"])
def test_nobody_is_asked_to_sign_in_and_comes_back(answers: dict[str, Answer], case: str) -> None:
    answer = answers[case]
    assert answer.status == 401
    assert 'href="/airflow/api/v2/auth/login?next=http%3A%2F%2Ftestserver%2Fairflow' in answer.text


def test_who_may_see_another_dag_only_sees_that_one_s(answers: dict[str, Answer]) -> None:
    assert answers["stranger"].status == 403
    assert answers["ours, stranger"].status == 403
    assert answers["sync, stranger"].status == 403
    assert answers["stranger at home"].status == 200
    assert "payments" in answers["stranger at home"].text


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("planned", "has no report yet"),
        ("failed", "failed before its report"),
        ("unplanned", "has not begun yet"),
        ("removed", "not in the artifacts any more"),
        ("another's", "no such run"),
        ("every DAG", "no such run"),
        ("unknown run", "no such run"),
        ("unknown DAG", "no such run"),
        ("our id", "no such run"),
        ("ours of another", "no such run"),
        ("ours, by a DAG of others", "no such run"),
        ("sync, by the daily DAG", "no such run"),
        ("ours, by the sync's DAG", "no such run"),
        ("backup, at work", "has no report yet"),
        ("backup, by the restore", "no such run"),
        ("backup, ours", "no such run"),
        ("ours, by the backup's DAG", "no such run"),
        ("ours, up", "nothing at this address"),
        ("up", "nothing at this address"),
        ("up, twice encoded", "nothing at this address"),
        ("up, plainly", "nothing at this address"),
        ("zero byte", "no such run"),
        ("no such page", "nothing at this address"),
    ],
)
def test_where_there_is_no_report_a_page_says_why(
    answers: dict[str, Answer], case: str, said: str
) -> None:
    answer = answers[case]
    assert answer.status == 404
    heading = re.search("<h1>(.*)</h1>", answer.text)
    assert heading is not None, answer.text
    assert said in heading.group(1)


def test_what_a_run_failed_with_is_shown_as_text(answers: dict[str, Answer]) -> None:
    assert "bucket &lt;b&gt;ops&lt;/b&gt; does not exist" in answers["failed"].text


@pytest.mark.parametrize("case", ["docs", "description"])
def test_the_pages_do_not_describe_themselves_to_anybody(
    answers: dict[str, Answer], case: str
) -> None:
    assert answers[case].status == 404


def test_a_database_that_does_not_answer_is_said_without_its_password(
    answers: dict[str, Answer],
) -> None:
    answer = answers["unreachable"]
    assert answer.status == 503
    assert "127.0.0.1" in answer.text
    assert CANARY not in answer.text


def test_a_defect_shows_neither_its_words_nor_its_traceback(answers: dict[str, Answer]) -> None:
    answer = answers["defect"]
    assert answer.status == 500
    assert "RuntimeError" in answer.text
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("case", REQUESTS)
def test_every_answer_forbids_what_a_page_of_ours_never_does(
    answers: dict[str, Answer], case: str
) -> None:
    answer = answers[case]
    style = answer.policy.pop("style-src")
    assert {name: value for name, value in answer.policy.items() if name != "style-src"} == {
        "default-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    sheets = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    allowed = [base64.b64encode(hashlib.sha256(sheet.encode()).digest()) for sheet in sheets]
    assert style == (f"'sha256-{allowed[0].decode()}'" if allowed else "'none'")
    assert "style=" not in re.sub("<style>.*?</style>", "", answer.text, flags=re.DOTALL)
    assert "<script" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_the_artifacts_of_another_place_were_never_made() -> None:
    assert not Path("/nowhere").exists()
