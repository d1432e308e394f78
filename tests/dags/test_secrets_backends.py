"""Connections that lie in a vault: Airflow fetches them, and sides are signed in by them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from demo.servers import S3Endpoint
from tests import stores
from tests.dags.conftest import CHECKOUT, AirflowHome

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

LISTING = """
import sys
from reconcile.model.location import Location
from reconcile.orchestration.connections import AirflowClients
from reconcile.stores.opening import open_store
store = open_store(Location.parse(sys.argv[1]), connection=sys.argv[2], clients=AirflowClients({}))
print([info.name for info in store.list("")])
"""


@pytest.mark.servers
def test_a_side_is_signed_in_by_a_connection_of_secrets_manager(
    airflow_home: AirflowHome, s3_endpoint: S3Endpoint
) -> None:
    client = stores.s3_client(s3_endpoint)
    bucket = stores.new_bucket(client)
    client.put_object(Bucket=bucket, Key="a", Body=b"one")
    at_moto = {
        "endpoint_url": s3_endpoint.url,
        "region_name": s3_endpoint.region,
        "aws_access_key_id": "of-the-vault",
        "aws_secret_access_key": "of-the-vault",
    }
    lake = {
        "conn_type": "aws",
        "login": s3_endpoint.access_key,
        "password": s3_endpoint.secret_key,
        "extra": {"endpoint_url": s3_endpoint.url, "region_name": s3_endpoint.region},
    }
    vault = boto3.client("secretsmanager", **at_moto)
    vault.create_secret(Name=f"airflow/connections/{bucket}", SecretString=json.dumps(lake))
    prefix = {"connections_prefix": "airflow/connections"}
    backend = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
    done = airflow_home.run(
        *(sys.executable, "-c", LISTING, f"s3://{bucket}/", bucket),
        add={
            "PYTHONPATH": str(CHECKOUT),
            "AIRFLOW__SECRETS__BACKEND": backend,
            "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(prefix | at_moto),
        },
    )
    assert done.stdout.splitlines()[-1] == "['a']", done.stdout


def test_key_vault_names_a_connection_with_dashes_alone(
    airflow_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = airflow_module("airflow.providers.microsoft.azure.secrets.key_vault")
    kept = {"airflow-connections-wasb-default": '{"conn_type": "wasb", "login": "lake"}'}

    def get_secret(name: str) -> Any:
        return SimpleNamespace(value=kept[name])

    backend = module.AzureKeyVaultBackend(vault_url="https://vault.example")
    monkeypatch.setattr(type(backend), "client", SimpleNamespace(get_secret=get_secret))
    assert json.loads(backend.get_conn_value("wasb_default"))["login"] == "lake"
