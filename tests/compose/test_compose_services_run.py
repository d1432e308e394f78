"""Every service of docker-compose.yaml runs, natively: its own command, variables and health check.

No container engine is needed, so none is tried either; `tests/compose/native.py` says what is put
in the place of one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError

from demo.airflow_api import AirflowApi, Refused, health
from reconcile.model.airflow_run import AirflowRun
from tests.compose.bookings_in_clouds import DISCREPANCIES, declare, deliver
from tests.compose.deployment import Deployment, prepared
from tests.needed_program import needed_program

pytestmark = [pytest.mark.airflow, pytest.mark.servers, pytest.mark.timeout(500)]

_RUN_SECONDS = 240.0
_QUEUES = {"beside_aws": "aws", "beside_azure": "azure"}


@dataclass(frozen=True)
class Running:
    """The services, all of them healthy, and a day delivered to both clouds."""

    deployment: Deployment

    def environment(self, service: str) -> dict[str, str]:
        return self.deployment.machine.environment(self.deployment.services[service])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.deployment.machine.ports['8080']}"

    def user(self, password: str) -> AirflowApi:
        return AirflowApi(self.url, "admin", password)

    @cached_property
    def admin(self) -> AirflowApi:
        return self.user(self.deployment.machine.variables["AIRFLOW_ADMIN_PASSWORD"])

    def state(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment("scheduler")["RECONCILE_STATE"]) as connection:
            return connection.execute(query, values).fetchall()

    def s3(self, **instead: str) -> Any:
        known = self.environment("scheduler")
        return boto3.client(
            "s3",
            endpoint_url=known["AWS_ENDPOINT_URL_S3"],
            region_name=known["AWS_DEFAULT_REGION"],
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=instead.get("secret", known["AWS_SECRET_ACCESS_KEY"]),
        )


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    needed_program("redis-server")
    with prepared() as deployment:
        declare(deployment.machine.datasets, _QUEUES)
        deployment.start()
        yield Running(deployment)


@pytest.fixture(scope="module")
def ended(running: Running) -> dict[str, dict[str, Any]]:
    """Each dataset's DAG switched on once its day is there: its schedule makes the one run."""
    deliver(running.environment("init"))
    dags = {name: f"/dags/daily_reconciliation__{name}" for name in _QUEUES}
    for dag in dags.values():
        running.admin.ask("PATCH", dag, {"is_paused": False})
    runs: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + _RUN_SECONDS
    while len(runs) < len(dags):
        assert time.monotonic() < deadline, running.deployment.log("scheduler")[-5000:]
        time.sleep(1)
        for name, dag in dags.items():
            found = running.admin.ask("GET", f"{dag}/dagRuns")["dag_runs"]
            if found and found[0]["state"] in ("success", "failed"):
                (runs[name],) = found
    return runs


def test_every_service_starts_in_order_and_is_healthy(running: Running) -> None:
    deployment = running.deployment
    assert set(deployment.seconds) == set(deployment.services)
    parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
    assert health(running.url) == dict.fromkeys(parts, "healthy")


def test_only_who_knows_the_password_comes_in(running: Running) -> None:
    assert running.admin.token
    with pytest.raises(Refused, match="401"):
        _ = running.user("admin").token


def test_init_may_run_again_and_leaves_alone_what_it_finds(running: Running) -> None:
    fewer = {"pool": "aws_side", "slots": 3, "include_deferred": False}
    running.admin.ask("PATCH", "/pools/aws_side?update_mask=slots", fewer)
    service = running.deployment.services["init"]
    machine = running.deployment.machine
    done = machine.run(service, machine.command(service))
    assert done.returncode == 0, done.stdout
    pools = {pool["name"]: pool["slots"] for pool in running.admin.ask("GET", "/pools")["pools"]}
    assert pools == {"default_pool": 128, "aws_side": 3, "azure_side": 4}
    assert running.admin.ask("GET", "/connections")["total_entries"] == 2


def test_each_database_is_closed_to_the_owner_of_the_other(running: Running) -> None:
    url = running.environment("scheduler")["RECONCILE_STATE"]
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url, dbname="airflow")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="reconcile")


def test_the_broker_and_the_artifacts_are_closed_to_strangers(running: Running) -> None:
    machine = running.deployment.machine
    redis = running.deployment.services["redis"]
    port = machine.ports["6379"]
    asked = machine.run(
        redis, ["env", "--unset=REDISCLI_AUTH", "redis-cli", "-p", port, "keys", "*"]
    )
    assert "NOAUTH" in asked.stdout
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        running.s3(secret="wrong").list_objects_v2(Bucket="reconcile-artifacts")


@pytest.mark.parametrize("dataset", _QUEUES)
def test_a_queue_runs_a_whole_reconciliation_on_its_own_worker(
    running: Running, ended: dict[str, dict[str, Any]], dataset: str
) -> None:
    run = ended[dataset]
    assert (run["run_type"], run["state"]) == ("scheduled", "failed")  # a breach
    path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
    tasks = running.admin.ask("GET", path)["task_instances"]
    assert {task["queue"] for task in tasks} == {_QUEUES[dataset]}
    states = {task["task_id"]: task["state"] for task in tasks}
    assert states.pop("verdict") == "failed"
    assert set(states.values()) == {"success"}
    on_worker = {
        queue: f"daily_reconciliation__{dataset}" in running.deployment.log(f"worker-{queue}")
        for queue in _QUEUES.values()
    }
    assert on_worker == {queue: queue == _QUEUES[dataset] for queue in _QUEUES.values()}


@pytest.mark.parametrize("dataset", _QUEUES)
def test_its_state_is_in_postgresql_and_its_report_on_the_s3_service(
    running: Running, ended: dict[str, dict[str, Any]], dataset: str
) -> None:
    query = "select id, verdict, report from runs where dataset = %s"
    ((run_id, verdict, report),) = running.state(query, dataset)
    assert verdict == "breached"
    letters = "select kind, count(*) from dead_letters where dataset = %s group by kind"
    assert dict(running.state(letters, dataset)) == DISCREPANCIES
    key = f"runs/{run_id}/report"
    assert report == f"s3://reconcile-artifacts/{key}.html"
    found = running.s3().get_object(Bucket="reconcile-artifacts", Key=f"{key}.json")
    assert json.loads(found["Body"].read())["windows"][0]["verdict"] == "breached"


@pytest.mark.parametrize("dataset", _QUEUES)
def test_its_report_is_read_in_airflow_by_who_has_signed_in(
    running: Running, ended: dict[str, dict[str, Any]], dataset: str
) -> None:
    run = AirflowRun(ended[dataset]["dag_id"], ended[dataset]["dag_run_id"])
    page = f"{running.url}/{run.report}"
    with urlopen(Request(page, headers={"Authorization": f"Bearer {running.admin.token}"})) as sent:
        assert dataset in sent.read().decode()
    with pytest.raises(HTTPError, match="401"):
        urlopen(page)
