"""Restoring a snapshot, as people meet it in Airflow's UI."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.airflow_settings import ADMIN, AirflowUser
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.snapshots import ASKED

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

expect.set_options(timeout=30_000)

BACKUP, RESTORE = f"snapshot_backup__{ASKED}", f"restore__{ASKED}"
SignedIn = Callable[[AirflowUser], Page]


@pytest.fixture
def page(signed_in: SignedIn, running_airflow: RunningAirflow) -> Page:
    """The DAG's page, in front of an admin; there is a snapshot."""
    airflow = running_airflow
    wait_until(lambda: airflow.api().knows(f"/dags/{RESTORE}"), f"there is no DAG {RESTORE}")
    wait_until(lambda: airflow.api().knows(f"/dags/{BACKUP}"), f"there is no DAG {BACKUP}")
    assert airflow.wait_for_run(BACKUP, airflow.trigger(BACKUP)) == "success"
    airflow.unpause(RESTORE)
    found = signed_in(ADMIN)
    found.goto(f"/dags/{RESTORE}")
    found.get_by_role("button", name="Dag Docs").wait_for()
    return found


def box(form: Locator, name: str) -> Locator:
    """A switch."""
    return form.locator(f"input[type=checkbox][name=element_{name}]")


def test_the_form_asks_where_to_and_a_rehearsal_is_on_until_somebody_switches_it_off(
    page: Page, running_airflow: RunningAirflow
) -> None:
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog").filter(has_text="Trigger Dag")
    expect(form.get_by_text("Says what would be done, and writes nothing.")).to_be_visible()
    expect(box(form, "rehearsal")).to_be_checked()
    expect(box(form, "replace")).not_to_be_checked()
    start = form.get_by_role("button", name="Trigger", exact=True)
    expect(start).to_be_disabled()
    to = running_airflow.folder / ASKED / "back"
    form.locator("[name=element_to]").fill(str(to))
    with page.expect_response(lambda answer: answer.url.endswith("/dagRuns")) as told:
        start.click()
    run = str(told.value.json()["dag_run_id"])
    assert running_airflow.wait_for_run(RESTORE, run) == "success"
    assert not to.exists()
    assert "Nothing was written: " in running_airflow.task_log(RESTORE, run, "restore")

    page.goto(f"/dags/{RESTORE}/runs/{run}/tasks/report/details")
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_text("A restore brings back").first).to_be_visible()
