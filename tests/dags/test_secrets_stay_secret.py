"""No secret of a connection, a token or the state's URL is told anywhere, whatever goes wrong.

Each secret is a canary: a text that stands nowhere else. Reconciliations run over real servers,
well and badly, under Airflow and on the command line with `--debug`; then everything that was
printed, logged, handed on, kept or reported is searched for canaries.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sqlalchemy import MetaData, create_engine, select

from demo.servers import BlobEndpoint, S3Endpoint
from tests import stores
from tests.dags.bookings import Bookings
from tests.dags.cloud_front_door import front_door
from tests.dags.conftest import CHECKOUT, AirflowHome

pytestmark = [pytest.mark.airflow, pytest.mark.servers, pytest.mark.xdist_group("airflow")]

DAY = "2013-01-05"
S3_SECRET, TOKEN = "C4N4RY-s3-secret", "C4N4RY-session-token"
SIGNATURE, PRINCIPAL = "C4N4RYsignature", "C4N4RY-client-secret"
DATABASE, WEBHOOK = "C4N4RY-database", "C4N4RYwebhook"
NOTICE = "no notice by slack connection chat"
GOOD, SILENT = "${GOOD_STATE}", "${SILENT_STATE}"
WRONG_KEY = b64encode(b"C4N4RY-account-key").decode()


def connections(s3: S3Endpoint, blob: BlobEndpoint, door: str) -> dict[str, dict[str, Any]]:
    """Good and bad ways of signing in, by the names of connections."""
    nobody = "http://127.0.0.1:9"
    at_s3 = {"endpoint_url": s3.url, "region_name": s3.region}
    role = {"role_arn": "arn:aws:iam::123456789012:role/reader"}
    account = {"conn_type": "wasb", "host": blob.url, "login": blob.account}
    good = {"conn_type": "aws", "login": s3.access_key, "password": s3.secret_key}
    bad = {"conn_type": "aws", "login": s3.access_key, "password": S3_SECRET}
    return {
        "good_s3": good | {"extra": at_s3},
        "good_blob": {"conn_type": "wasb", "extra": {"connection_string": blob.connection_string}},
        "wrong_s3_key": bad | {"extra": at_s3 | {"aws_session_token": TOKEN}},
        "silent_s3": bad | {"extra": at_s3 | {"endpoint_url": nobody}},
        "denied_role": bad
        | {"extra": role | {"service_config": {"sts": {"endpoint_url": door}}} | at_s3},
        "wrong_blob_key": account | {"password": WRONG_KEY},
        "wrong_signature": account | {"extra": {"sas_token": f"sv=2024-01-01&sig={SIGNATURE}"}},
        "silent_blob": {
            "conn_type": "wasb",
            "extra": {
                "connection_string": "DefaultEndpointsProtocol=http;AccountName=lake;"
                f"AccountKey={WRONG_KEY};BlobEndpoint={nobody}/lake"
            },
        },
        "chat": {"conn_type": "http", "password": f"{nobody}/services/{WEBHOOK}"},
        "principal": {
            "conn_type": "wasb",
            "host": "https://127.0.0.1:9",
            "login": "client",
            "password": PRINCIPAL,
            "extra": {
                "tenant_id": "tenant",
                "client_secret_auth_config": {
                    "authority": "https://127.0.0.1:9",
                    "disable_instance_discovery": True,
                    "retry_total": 0,
                },
            },
        },
    }


SIDES = {
    "well": ("good_s3", "good_blob"),
    "wrong_s3_key": ("wrong_s3_key", "good_blob"),
    "silent_s3": ("silent_s3", "good_blob"),
    "denied_role": ("denied_role", "good_blob"),
    "wrong_blob_key": ("good_s3", "wrong_blob_key"),
    "wrong_signature": ("good_s3", "wrong_signature"),
    "silent_blob": ("good_s3", "silent_blob"),
    "principal": ("good_s3", "principal"),
}
"""The connections of each dataset's source and target."""


@pytest.fixture(scope="module")
def canaries(rclone_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint) -> list[str]:
    """Every secret, and what an encoded one says; the servers' own ones too."""
    secrets = [S3_SECRET, TOKEN, SIGNATURE, PRINCIPAL, DATABASE, WEBHOOK, WRONG_KEY, "C4N4RY"]
    return [*secrets, rclone_endpoint.secret_key, blob_endpoint.key]


@pytest.fixture(scope="module")
def places(
    migrated_home: AirflowHome,
    rclone_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
    postgres_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """Everything that was told, by where."""
    folder = tmp_path_factory.mktemp("canaries")
    write_datasets(folder / "datasets", *filled(rclone_endpoint, blob_endpoint))
    with front_door() as door, database(postgres_url, "canaries") as state:
        door.refuses = True
        named = connections(rclone_endpoint, blob_endpoint, door.url)
        environment = {
            "PYTHONPATH": str(CHECKOUT),
            "RECONCILE_DATASETS": str(folder / "datasets"),
            "RECONCILE_ARTIFACTS": str(folder / "artifacts"),
            "GOOD_STATE": state,
            "SILENT_STATE": f"postgresql://reconcile:{DATABASE}@127.0.0.1:9/reconcile",
            **{f"AIRFLOW_CONN_{name.upper()}": json.dumps(each) for name, each in named.items()},
        }
        told = {
            kind: migrated_home.run(
                *(sys.executable, "-m", "tests.dags.airflow_commands", json.dumps(commands)),
                add=environment,
            )
            for kind, commands in (
                ("the command line", on_the_command_line()),
                ("Airflow's commands", under_airflow()),
            )
        }
        rows = everything_in(state)
    for done in told.values():
        assert done.returncode == 0, done.stdout
    return {
        **{kind: done.stdout for kind, done in told.items()},
        "the state": rows,
        "Airflow's database": (migrated_home.folder / "airflow.db").read_text("latin-1"),
        "the artifacts": all_files(folder / "artifacts"),
    }


def on_the_command_line() -> list[list[str]]:
    runs = [
        ["reconcile", GOOD, "run", name, "--window", DAY, "--debug"]
        for name in ("wrong_s3_key", "silent_s3", "wrong_blob_key", "wrong_signature")
    ]
    silent = ["reconcile", SILENT, "run", "well", "--window", DAY, "--debug"]
    checked = ["reconcile", GOOD, "check", "wrong_signature", "--window", DAY]
    return [["reconcile", GOOD, "db", "upgrade"], *runs, checked, silent]


def under_airflow() -> list[list[str]]:
    family = "daily_reconciliation__"
    whole = ["airflow", GOOD, "dags", "test", f"{family}well", DAY]
    steps = [
        ["airflow", GOOD, "tasks", "test", f"{family}{name}", "plan", DAY]
        for name in ("wrong_s3_key", "denied_role", "wrong_blob_key", "silent_blob", "principal")
    ]
    return [whole, *steps, ["airflow", SILENT, "tasks", "test", f"{family}well", "plan", DAY]]


def filled(s3: S3Endpoint, blob: BlobEndpoint) -> tuple[str, str]:
    """Writes both sides, which differ; returns their locations."""
    there = stores.s3_client(s3)
    bucket = stores.new_bucket(there)
    container = stores.new_container(stores.blob_service(blob))
    for rows, put in (
        ([1, 2, 3], lambda data: there.put_object(Bucket=bucket, Key=f"{DAY}/a", Body=data)),
        ([1, 2, 4], lambda data: container.upload_blob(f"{DAY}/a", data)),
    ):
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({"id": rows}), sink)
        put(sink.getvalue().to_pybytes())
    return f"s3://{bucket}/", f"az://{container.container_name}/"


def write_datasets(folder: Path, source: str, target: str) -> None:
    folder.mkdir()
    plain = yaml.safe_load(
        (Bookings.written(folder.parent / "b").datasets / "bookings.yaml").read_text()
    )
    plain["notify"] = [{"slack": "chat"}]
    for name, sides in SIDES.items():
        plain["dataset"] = name
        for side, location, connection in zip(
            ("source", "target"), (source, target), sides, strict=True
        ):
            plain[side] = {"location": location, "partition": "{window}", "connection": connection}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(plain))


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """A database of its own on a server, as a URL with a password (which the server ignores)."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    made = admin.url.set(database=name, password=DATABASE)
    admin.dispose()
    yield made.render_as_string(hide_password=False)


def everything_in(url: str) -> str:
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [connection.execute(select(table)).all() for table in tables.sorted_tables]
    engine.dispose()
    return repr(rows)


def all_files(folder: Path) -> str:
    return "".join(path.read_text("latin-1") for path in folder.rglob("*") if path.is_file())


def test_what_is_searched_holds_what_was_run(places: dict[str, str]) -> None:
    """Without this the search could find nothing because there is nothing."""
    kept = {place: text for place, text in places.items() if place != "the command line"}
    assert [place for place, text in kept.items() if "well" not in text] == []
    for place, words in {
        "the command line": ["credentials are not accepted", "does not answer", "Traceback"],
        "Airflow's commands": [
            "STS refuses its role",
            "does not answer",
            "breached: The copies",
            NOTICE,
        ],
    }.items():
        assert [word for word in words if word not in places[place]] == []


@pytest.mark.parametrize(
    "place",
    [
        *("the command line", "Airflow's commands", "the state"),
        *("Airflow's database", "the artifacts"),
    ],
)
def test_no_secret_is_told_in(places: dict[str, str], canaries: list[str], place: str) -> None:
    assert [canary for canary in canaries if canary in places[place]] == []
