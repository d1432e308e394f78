"""What the Assets of a dataset are called."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from reconcile.model.dataset import DatasetSide

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


@pytest.fixture(scope="module")
def module(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.assets")


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("s3://ops/flights", "s3://ops/flights"),
        ("s3://ops/flights/", "s3://ops/flights"),
        ("s3a://ops/flights", "s3://ops/flights"),
        ("s3://ops", "s3://ops"),
        ("s3://ops/", "s3://ops"),
        ("az://analytics/flights", "az://analytics/flights"),
        (
            "abfss://analytics@lake.dfs.core.windows.net/flights",
            "abfss://analytics@lake.dfs.core.windows.net/flights",
        ),
        ("/data/flights/", "/data/flights"),
        ("file:///data/flights", "/data/flights"),
        ("/", "/"),
        ("s3://ops/flights/*/part-?.parquet", "s3://ops/flights"),
        ("s3://ops/*.parquet", "s3://ops"),
        ("/*.parquet", "/"),
        ("data/*.parquet", "data"),
        ("*.parquet", "."),
        ("s3://ops/fl#ghts", "s3://ops/fl"),
    ],
)
def test_a_side_is_the_asset_that_others_make_of_its_name(
    module: ModuleType, airflow_module: Callable[[str], ModuleType], location: str, name: str
) -> None:
    ours = module.side_asset(DatasetSide(location, partition="{window}"))
    assert ours.name == name
    assert ours == airflow_module("airflow.sdk").Asset(name)


def test_a_side_may_have_a_name_of_its_own(module: ModuleType) -> None:
    asset = module.side_asset(DatasetSide("s3://ops/flights", asset="raw flights"))
    assert (asset.name, asset.uri) == ("raw flights", "s3://ops/flights")


def test_naming_a_bucket_imports_no_cloud_sdk(tmp_path: Path) -> None:
    question = (
        "import sys; from reconcile.orchestration.assets import side_asset; "
        "from reconcile.model.dataset import DatasetSide; side_asset(DatasetSide('s3://a/b')); "
        "print([name for name in ('boto3', 'botocore', 'azure') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", question],
        env={"AIRFLOW_HOME": str(tmp_path), "_AIRFLOW__AS_LIBRARY": "1", "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
