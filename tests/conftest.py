"""Real servers, started once per test process when a test first asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from demo.servers import (
    BlobEndpoint,
    S3Endpoint,
    azurite_server,
    moto_server,
    postgres_server,
    rclone_server,
)

pytest_plugins = ["tests.shared_airflow"]


@pytest.fixture(autouse=True, scope="session")
def _no_waiting_between_tries() -> None:
    """Retries happen (twice at most), but nobody sleeps in between."""
    stamina.set_testing(True, attempts=2, cap=True)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[S3Endpoint]:
    """moto's S3; pages hold seven keys, so that every longer listing is a paged one.

    Parts of uploads may be as small as one byte.
    """
    with moto_server(page_size=7, smallest_part=1) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def rclone_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Endpoint]:
    """rclone's S3, which checks signatures."""
    folder: Path = tmp_path_factory.mktemp("rclone")
    with rclone_server(folder) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def blob_endpoint() -> Iterator[BlobEndpoint]:
    """Azurite, in memory."""
    with azurite_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL, as a SQLAlchemy URL; each test makes databases or schemas of its own."""
    with postgres_server() as url:
        yield url


_LONGEST_FIRST = (
    *("sql/test_cases", "scheduler/test_make_up", "integration/test_sync", "property/test_shares"),
    *("compose/test_compose_services_run", "integration/test_sync_killed"),
    *("integration/test_snapshot_killed", "integration/test_snapshot_restore_killed"),
    *("scheduler/", "browser/", "property/test_engine_agrees_with_oracle", "dags/", "faults/"),
    *("integration/", "property/"),
)
"""Files that take minutes, or hang on Airflow: begun last, one process would end long after all
others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files that take longest first; otherwise leaves the order as it is."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.removeprefix("tests/")
        for number, begin in enumerate(_LONGEST_FIRST):
            if file.startswith(begin if begin.endswith("/") else f"{begin}.py"):
                return number
        return len(_LONGEST_FIRST)

    items.sort(key=place)
