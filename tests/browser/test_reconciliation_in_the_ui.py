"""The daily reconciliation as people meet it in Airflow's UI."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.airflow_settings import ADMIN, VIEWER, AirflowUser
from reconcile.model.airflow_run import AirflowRun
from tests.browser.conftest import fresh_page, sign_in
from tests.dags.bookings import BREACHED
from tests.running_airflow import RunningAirflow, wait_until

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

expect.set_options(timeout=30_000)

DAG = "daily_reconciliation__bookings"
SignedIn = Callable[[AirflowUser], Page]


@pytest.fixture(scope="module")
def breached(chromium: Browser, running_airflow: RunningAirflow) -> AirflowRun:
    """A run of the window with discrepancies, which an admin started by the form; it has ended."""
    running_airflow.unpause(DAG)
    with fresh_page(chromium, running_airflow) as page:
        page.goto("/")
        sign_in(page, ADMIN)
        form = form_of(page)
        form.locator("[name=element_window]").fill(BREACHED)
        with page.expect_response(lambda answer: answer.url.endswith("/dagRuns")) as told:
            form.get_by_role("button", name="Trigger", exact=True).click()
        run = AirflowRun(DAG, told.value.json()["dag_run_id"])
    # Airflow answers before it has committed.
    api = running_airflow.api()
    wait_until(lambda: api.knows(f"/dags/{DAG}/dagRuns/{run.run_id}"), f"there is no {run}")
    assert running_airflow.wait_for_run(DAG, run.run_id) == "failed"
    return run


def form_of(page: Page) -> Locator:
    """The trigger form, opened from the list of DAGs."""
    page.goto("/dags")
    page.get_by_role("link", name=DAG, exact=True).click()
    # The DAG's own page: the list, which goes later than its address, has such buttons, too.
    page.get_by_role("button", name="Dag Docs").wait_for()
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog").filter(has_text="Trigger Dag")
    expect(form.get_by_text("The day to reconcile, such as 2013-01-05.")).to_be_visible()
    return form


def page_of(run: AirflowRun, *, task: str = "") -> str:
    """Where the UI shows a run or a task of it."""
    return f"/dags/{run.dag_id}/runs/{quote(run.run_id, safe='')}{task and f'/tasks/{task}'}"


def read_report(page: Page) -> None:
    """Expects the report in front, drawn with its styles and without a complaint."""
    expect(page.get_by_text("The copies are not equal: 6 rows disagree")).to_be_visible()
    word = page.locator(".verdict .word")
    expect(word).to_have_text("Breached")
    expect(word).to_have_css("font-size", "38px")
    assert page.evaluate("document.scripts.length") == 0


def test_the_form_refuses_what_is_no_window(
    signed_in: SignedIn,
) -> None:
    form = form_of(signed_in(ADMIN))
    form.locator("[name=element_window]").fill("5 January")
    form.get_by_role("button", name="Trigger", exact=True).click()
    expect(form.get_by_text("Invalid input for param window")).to_be_visible()


def test_from_the_task_that_failed_the_report_is_one_click_away(
    signed_in: SignedIn, breached: AirflowRun
) -> None:
    page = signed_in(ADMIN)
    page.goto(page_of(breached))
    page.get_by_role("table").get_by_role("link", name="verdict", exact=True).click()
    expect(page.get_by_text("bookings@2013-01-05 breached")).to_be_visible()

    complaints: list[str] = []
    page.context.on("console", lambda line: complaints.append(line.text))
    page.context.on("weberror", lambda error: complaints.append(str(error.error)))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("reconcile.dags.*report$")).click()
    read_report(opened.value)
    assert unquote(opened.value.url).endswith(f"/{breached.run_id}/report")
    assert complaints == []


def test_the_button_of_a_task_opens_the_report(signed_in: SignedIn, breached: AirflowRun) -> None:
    page = signed_in(ADMIN)
    for task in ("report", "verdict"):
        page.goto(f"{page_of(breached, task=task)}/details")
        page.get_by_role("link", name="Report", exact=True).click()
        read_report(page)


def test_a_viewer_reads_docs_and_reports_and_starts_nothing(
    signed_in: SignedIn, breached: AirflowRun
) -> None:
    page = signed_in(VIEWER)
    page.goto(f"/dags/{DAG}")
    for fact in ("sales", "daily_reconciliation", "reconcile"):
        expect(page.get_by_role("link", name=fact, exact=True).first).to_be_visible()
    page.get_by_role("button", name="Dag Docs").click()
    docs = page.get_by_role("dialog").filter(has_text="Dag Documentation")
    expect(docs.get_by_role("heading", name="How to resume")).to_be_visible()
    expect(docs.get_by_role("row", name="Match key id")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog").filter(has_text="Trigger Dag")
    form.get_by_role("button", name="Trigger", exact=True).click()
    expect(page.get_by_text("Forbidden").first).to_be_visible()

    page.goto(f"/{breached.report}")
    read_report(page)


def test_nobody_is_led_to_the_login_and_from_there_to_the_report(
    nobody: Page, breached: AirflowRun
) -> None:
    refused = nobody.goto(f"/{breached.report}")
    assert refused is not None
    assert refused.status == 401
    assert "bookings" not in nobody.locator("body").inner_text()
    nobody.get_by_role("link", name="Sign in to Airflow").click()
    sign_in(nobody, VIEWER)
    read_report(nobody)
