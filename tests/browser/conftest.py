"""A browser without a window, and Airflow's users in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from demo.airflow_settings import AirflowUser
from tests.needed_program import needed_program
from tests.running_airflow import RunningAirflow

_SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium of this machine. A laptop may do without; `.ci/run` installs it and may not."""
    path = needed_program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_SWITCHES])
        yield browser
        browser.close()


@contextmanager
def fresh_page(chromium: Browser, airflow: RunningAirflow) -> Iterator[Page]:
    """A page of somebody who has not signed in; addresses are relative to Airflow's."""
    # Tall enough that Airflow's messages do not lie over what is read.
    context = chromium.new_context(
        base_url=airflow.url, locale="en-GB", viewport={"width": 1400, "height": 1400}
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def nobody(chromium: Browser, running_airflow: RunningAirflow) -> Iterator[Page]:
    """A page of somebody who has not signed in."""
    with fresh_page(chromium, running_airflow) as page:
        yield page


@pytest.fixture
def signed_in(nobody: Page) -> Callable[[AirflowUser], Page]:
    """Signs one of Airflow's users in, by the form."""

    def page_of(user: AirflowUser) -> Page:
        nobody.goto("/")
        sign_in(nobody, user)
        return nobody

    return page_of


def sign_in(page: Page, user: AirflowUser) -> None:
    """Fills in Airflow's login page."""
    page.get_by_label("Username").fill(user.name)
    page.get_by_label("Password").fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/auth/" not in address)
