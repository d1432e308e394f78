"""Runs over S3, Blob Storage and PostgreSQL: what is wrong there is one line, without secrets."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient

from demo.processes import free_port
from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import AccessDenied, Transient
from reconcile.jobs.check import check
from reconcile.jobs.running import run_window
from reconcile.model.result import Verdict
from reconcile.model.run import RunStatus, Step
from reconcile.state.database import State
from tests.integration.reconciling import (
    DAY,
    DIFFERING,
    GOOD,
    PARTITION,
    Workbench,
    workbench,
)
from tests.integration.test_bad_input import assert_told
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

CANARY = "canary-secret-0123456789"
CANARY_KEY = "Y2FuYXJ5LXNlY3JldC0wMTIzNDU2Nzg5"
NAME = f"orders/day={DAY}/part.parquet"


@dataclass(frozen=True)
class Given:
    """Clients that somebody signed in already."""

    s3_client: Any
    blobs: BlobServiceClient | None = None
    connections: tuple[str, ...] = ()

    def knows(self, connection: str) -> bool:
        return connection in self.connections

    def s3(self, connection: str | None) -> Any:
        return self.s3_client

    def blob_service(self, connection: str | None, account: str | None) -> BlobServiceClient:
        assert self.blobs is not None
        return self.blobs


@contextmanager
def benched(folder: Path, clients: Given) -> Iterator[Workbench]:
    with workbench(folder, clients=clients) as bench:
        bench.write("source", GOOD)
        bench.write("target", GOOD)
        yield bench


def side(location: str) -> dict[str, str]:
    return {"location": location, "partition": PARTITION}


def parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return sink.getvalue()


@pytest.fixture(scope="module")
def clients(s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint) -> Iterator[Given]:
    with blob_service(blob_endpoint) as blobs:
        yield Given(s3_client(s3_endpoint), blobs)


@pytest.fixture
def bench(tmp_path: Path, clients: Given) -> Iterator[Workbench]:
    with benched(tmp_path, clients) as bench:
        yield bench


def test_a_run_between_the_clouds_finds_each_row(bench: Workbench, clients: Given) -> None:
    bucket = new_bucket(clients.s3_client)
    container = new_container(clients.blobs)
    clients.s3_client.put_object(Bucket=bucket, Key=NAME, Body=parquet(GOOD))
    container.upload_blob(NAME, parquet(DIFFERING))
    sides = {
        "source": side(f"s3://{bucket}/orders"),
        "target": side(f"az://{container.container_name}/orders"),
    }
    assert bench.run(**sides).verdict is Verdict.BREACHED
    assert bench.told() == [
        ("missing_in_target", "source", '{"id":"4"}', "open"),
        ("value_mismatch", "both", '{"id":"3"}', "open"),
    ]
    container.upload_blob(NAME, parquet(GOOD), overwrite=True)
    assert bench.run(**sides).verdict is Verdict.MATCHED
    assert list((bench.folder / "spool").iterdir()) == []


@pytest.mark.parametrize("change", ["replaced", "deleted"])
@pytest.mark.parametrize("cloud", ["s3", "az"])
def test_an_object_that_changed_since_it_was_listed_leaves_the_run_indeterminate(
    bench: Workbench, clients: Given, cloud: str, change: str
) -> None:
    bucket, container = new_bucket(clients.s3_client), new_container(clients.blobs)
    clients.s3_client.put_object(Bucket=bucket, Key=NAME, Body=parquet(DIFFERING))
    container.upload_blob(NAME, parquet(DIFFERING))
    location = (
        f"s3://{bucket}/orders" if cloud == "s3" else f"az://{container.container_name}/orders"
    )
    assert bench.run(target=side(location)).verdict is Verdict.BREACHED
    before = bench.told()

    def between(step: Step) -> None:
        if step is not Step.COMPARE:
            return
        if cloud == "s3" and change == "deleted":
            clients.s3_client.delete_object(Bucket=bucket, Key=NAME)
        elif cloud == "s3":
            clients.s3_client.put_object(Bucket=bucket, Key=NAME, Body=parquet(GOOD))
        elif change == "deleted":
            container.delete_blob(NAME)
        else:
            container.upload_blob(NAME, parquet(GOOD), overwrite=True)

    dataset = bench.dataset(target=side(location))
    outcome = run_window(bench.setting, dataset, bench.window(), on_step=between)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INDETERMINATE, 3)
    assert bench.told() == before


@pytest.mark.parametrize("cloud", ["s3", "az"])
@pytest.mark.parametrize("missing", ["container", "prefix"])
def test_what_is_not_there_is_named(
    bench: Workbench, clients: Given, cloud: str, missing: str
) -> None:
    name = f"absent-{secrets.token_hex(4)}"
    if missing == "prefix":
        bucket, container = new_bucket(clients.s3_client), new_container(clients.blobs)
        name = bucket if cloud == "s3" else container.container_name
    outcome = bench.run(source=side(f"{cloud}://{name}/orders"))
    assert_told(outcome.error, f"{cloud}://{name}/orders", exit_code=2)
    run = bench.setting.state.runs.get(outcome.run_id)
    assert (run.status, run.error) == (RunStatus.FAILED, str(outcome.error))


def test_a_corrupt_object_is_named_as_it_is_called_in_the_store(
    bench: Workbench, clients: Given
) -> None:
    bucket = new_bucket(clients.s3_client)
    clients.s3_client.put_object(Bucket=bucket, Key=NAME, Body=parquet(GOOD)[:-30])
    outcome = bench.run(target=side(f"s3://{bucket}/orders"))
    assert_told(outcome.error, f"s3://{bucket}/{NAME}", exit_code=2)
    assert "reconcile-spool" not in str(outcome.error)
    (letter,) = bench.letters()
    assert f"s3://{bucket}/{NAME}" in letter.match_key


def test_wrong_credentials_are_told_without_them(
    tmp_path: Path, rclone_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> None:
    refused = s3_client(replace(rclone_endpoint, secret_key=CANARY))
    with (
        blob_service(blob_endpoint, key=CANARY_KEY) as blobs,
        benched(tmp_path, Given(refused, blobs)) as bench,
    ):
        for location in ("s3://bucket/orders", "az://container/orders"):
            outcome = bench.run(source=side(location))
            assert isinstance(outcome.error, AccessDenied)
            assert_told(outcome.error, location, exit_code=2)
            assert_no_secret(bench, outcome.run_id, str(outcome.error))


def test_check_tells_what_is_wrong_in_both_clouds_at_once(
    tmp_path: Path, clients: Given, rclone_endpoint: S3Endpoint
) -> None:
    refused = Given(s3_client(replace(rclone_endpoint, secret_key=CANARY)), clients.blobs)
    with benched(tmp_path, refused) as bench:
        dataset = bench.dataset(
            source=side("s3://bucket/orders"), target=side("az://absent-container/orders")
        )
        environ = {"RECONCILE_STATE": bench.state_url}
        found = check(dataset, bench.window(), clients=refused, environ=environ)
    problems = {one.what: one.problem for one in found if not one.ok}
    assert list(problems) == [
        "source location s3://bucket/orders",
        "target location az://absent-container/orders",
    ]
    assert "refused" in str(problems) or "not accepted" in str(problems)
    assert "container absent-container does not exist" in str(problems)
    assert CANARY not in repr(found)


def test_check_finds_the_partitions_of_both_clouds(bench: Workbench, clients: Given) -> None:
    bucket, container = new_bucket(clients.s3_client), new_container(clients.blobs)
    clients.s3_client.put_object(Bucket=bucket, Key=NAME, Body=b"12345")
    container.upload_blob(NAME, b"123")
    dataset = bench.dataset(
        source=side(f"s3://{bucket}/orders"), target=side(f"az://{container.container_name}/orders")
    )
    environ = {"RECONCILE_STATE": bench.state_url}
    found = check(dataset, bench.window(), clients=clients, environ=environ)
    assert all(one.ok for one in found)
    details = [one.detail for one in found if " partition " in one.what]
    assert details == ["1 object, 5 bytes, may be read", "1 object, 3 bytes, may be read"]


def test_check_says_where_a_connection_that_was_named_is_not_to_be_found(
    tmp_path: Path, clients: Given
) -> None:
    bucket = new_bucket(clients.s3_client)
    clients.s3_client.put_object(Bucket=bucket, Key=NAME, Body=b"12345")
    with benched(tmp_path, replace(clients, connections=("lake",))) as bench:
        dataset = bench.dataset(
            source={**side(f"s3://{bucket}/orders"), "connection": "nowhere"},
            target={**side(f"s3://{bucket}/orders"), "connection": "lake"},
        )
        environ = {"RECONCILE_STATE": bench.state_url}
        found = check(dataset, bench.window(), clients=bench.setting.clients, environ=environ)
    assert all(one.ok for one in found)
    assert [one.detail for one in found if " location " in one.what] == [
        "exists and may be listed; no connection nowhere here: the clouds' own variables are used",
        "exists and may be listed",
    ]


def assert_no_secret(bench: Workbench, run_id: str, line: str) -> None:
    told = [line, repr(bench.setting.state.runs.get(run_id))]
    told += [path.read_text() for path in (bench.folder / "artifacts").rglob("*.json")]
    assert not [text for text in told if CANARY in text or CANARY_KEY in text]


@pytest.mark.parametrize(
    "location", ["s3://bucket/orders", "az://container/orders"], ids=["s3", "az"]
)
def test_an_endpoint_that_is_down_is_incomplete(tmp_path: Path, location: str) -> None:
    host = f"127.0.0.1:{free_port()}"
    url = f"http://{host}"
    with (
        blob_service(BlobEndpoint(f"{url}/account", "account", CANARY_KEY)) as blobs,
        benched(tmp_path, Given(s3_client(S3Endpoint(url, "access", CANARY)), blobs)) as bench,
    ):
        outcome = bench.run(target=side(location))
        assert isinstance(outcome.error, Transient)
        assert_told(outcome.error, location, host, "does not answer", exit_code=3)
        assert_no_secret(bench, outcome.run_id, str(outcome.error))


def test_a_state_database_that_is_down_is_incomplete() -> None:
    url = f"postgresql://user:{CANARY}@127.0.0.1:{free_port()}/reconcile"
    with pytest.raises(Transient) as caught:
        State.open(url)
    assert_told(caught.value, "state database postgresql://127.0.0.1:", exit_code=3)
    assert CANARY not in str(caught.value)


def test_a_state_database_that_goes_down_on_the_way_is_incomplete(
    tmp_path: Path, postgresql_url: str
) -> None:
    State.upgrade(postgresql_url)
    with workbench(tmp_path, postgresql_url) as bench:
        bench.write("source", GOOD)
        bench.write("target", GOOD)

        def gone(step: Step) -> None:
            if step is Step.ROUTE:
                engine = bench.setting.state._transactions.engine
                engine.dispose()
                engine.pool._creator = _refused  # as when the server is gone
                engine.pool._invoke_creator = _refused

        outcome = run_window(bench.setting, bench.dataset(), bench.window(), on_step=gone)
        assert_told(outcome.error, "state database", "does not answer", exit_code=3)


def _refused(*_: Any) -> Any:
    import psycopg

    return psycopg.connect(f"host=127.0.0.1 port={free_port()} user=u dbname=d")
