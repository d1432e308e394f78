"""The historical sync as people meet it in Airflow's UI."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.airflow_settings import ADMIN, AirflowUser
from tests.dags.shipments import NEWEST
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.syncs import ASKED, SHORT_DAY

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

expect.set_options(timeout=30_000)

DAG = f"historical_sync__{ASKED}"
SignedIn = Callable[[AirflowUser], Page]


@pytest.fixture
def page(signed_in: SignedIn, running_airflow: RunningAirflow) -> Page:
    """The DAG's page, in front of an admin."""
    wait_until(lambda: running_airflow.api().knows(f"/dags/{DAG}"), f"there is no DAG {DAG}")
    found = signed_in(ADMIN)
    found.goto(f"/dags/{DAG}")
    found.get_by_role("button", name="Dag Docs").wait_for()
    return found


def form_of(page: Page) -> Locator:
    """The trigger form."""
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog").filter(has_text="Trigger Dag")
    expect(form.get_by_text("The day to synchronise, such as 2013-01-05.")).to_be_visible()
    return form


def test_the_form_starts_a_sync_whose_log_leads_to_its_report(
    page: Page, running_airflow: RunningAirflow
) -> None:
    running_airflow.unpause(DAG)
    form = form_of(page)
    form.locator("[name=element_window]").fill(NEWEST)
    form.locator("[name=element_approve_deletes]").fill("nothing is there yet")
    with page.expect_response(lambda answer: answer.url.endswith("/dagRuns")) as told:
        form.get_by_role("button", name="Trigger", exact=True).click()
    run = str(told.value.json()["dag_run_id"])
    api = running_airflow.api()
    wait_until(lambda: api.knows(f"/dags/{DAG}/dagRuns/{run}"), f"there is no {run}")
    assert running_airflow.wait_for_run(DAG, run) == "success"

    page.goto(f"/dags/{DAG}/runs/{run}/tasks/report")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("reconcile.dags.*report$")).click()
    report = opened.value
    expect(report.get_by_text(f"All 3 objects of {NEWEST} are at the target")).to_be_visible()
    expect(report.locator(".verdict .word")).to_have_text("Complete")
    page.goto(f"/dags/{DAG}/runs/{run}/tasks/report/details")
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.locator(".verdict .word")).to_have_text("Complete")


def test_the_form_fills_a_span_in_the_newest_first(
    page: Page, running_airflow: RunningAirflow
) -> None:
    """Of a dataset that nothing schedules, over a day of 23 hours; its runs are only made."""
    running_airflow.unpause(DAG, paused=True)
    form_of(page).get_by_text("Backfill", exact=True).click()
    form = page.get_by_role("dialog").filter(has_text="Run Backfill")
    for place, day in enumerate(("2013/03/09", SHORT_DAY.replace("-", "/"))):
        form.get_by_test_id("datetime-input").nth(place).click()
        page.get_by_placeholder("YYYY/MM/DD").fill(day)
        page.get_by_placeholder("HH:mm").fill("00:00")
        page.keyboard.press("Escape")
        expect(page.get_by_placeholder("YYYY/MM/DD")).to_have_count(0)  # it goes slowly
    form.get_by_text("Run Backwards").click()
    form.get_by_role("button", name="Run Backfill").click()

    def made() -> list[str]:
        runs = running_airflow.runs(DAG, order_by="id")
        return [run["logical_date"][:10] for run in runs if run["run_type"] == "backfill"]

    wait_until(lambda: len(made()) == 2, lambda: f"the form made {made()}")
    assert made() == [SHORT_DAY, "2013-03-09"]
