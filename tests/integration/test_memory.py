"""`--memory` holds for the whole process: measured on the real command, as the kernel counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from tests.integration.command_line import write_rows
from tests.stores import blob_service, new_bucket, new_container, s3_client

MB = 10**6
ROWS = 2_000_000
DIFFERING = ROWS // 5_000
PART = 500_000
_RECONCILE = (
    sys.executable,
    "-c",
    "import sys; from reconcile.cli.main import run; sys.exit(run())",
)
# A process begins with the peak of the one that starts it, and this one is large.
_MEASURED = (
    sys.executable,
    "-c",
    "import json, sys; from benchmarks.measuring import run; done = run(sys.argv[1:]); "
    "print(json.dumps([done.exit_code, done.cost.memory, done.output]))",
    *_RECONCILE,
)


@dataclass(frozen=True)
class Ran:
    """A command that has ended, and the most it held in memory."""

    code: int
    peak: int
    out: str
    err: str

    @property
    def counts(self) -> Any:
        return json.loads(self.out)["counts"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sides of 130 MB each that no codec makes smaller: `source` and `target`."""
    folder = tmp_path_factory.mktemp("data")
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        for name, value in (("source", "i"), ("target", "i + CAST(i % 5000 = 0 AS INTEGER)")):
            connection.execute(
                f"""COPY (
                    SELECT i AS id, {value} AS amount, md5(CAST(i AS VARCHAR)) AS name,
                           hash(i) AS a, hash(i + 1) AS b, hash(i + 2) AS c, i % 50 AS kind,
                           TIMESTAMP '2020-01-01' + to_seconds(CAST(i AS BIGINT)) AS at
                    FROM range({ROWS}) AS t(i)
                ) TO '{folder / name}.parquet' (ROW_GROUP_SIZE 500000)"""
            )
    return folder


def ran(folder: Path, *words: str, **more: str) -> Ran:
    """Runs `reconcile compare` with these words, its spool in a folder of its own."""
    done = subprocess.run(
        [*_MEASURED, "compare", *words, "--key", "id", "--format", "json"],
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=True,
    )
    code, peak, out = json.loads(done.stdout)
    return Ran(code, peak, out, done.stderr)


def environment(folder: Path, **more: str) -> dict[str, str]:
    (folder / "spool").mkdir(exist_ok=True)
    ours = {
        "RECONCILE_SPOOL": str(folder / "spool"),
        "RECONCILE_STATE": f"sqlite:///{folder / 'state.db'}",
    }
    plain = {name: v for name, v in os.environ.items() if not name.startswith("RECONCILE_")}
    return {**plain, **ours, **more}


def left_in_spool(folder: Path) -> list[str]:
    return os.listdir(folder / "spool")


@pytest.mark.parametrize("strategy", ["join", "sketch"])
@pytest.mark.parametrize("megabytes", [400, 700])
def test_data_larger_than_the_limit_is_compared_within_it(
    data: Path, tmp_path: Path, strategy: str, megabytes: int
) -> None:
    sides = [str(data / f"{side}.parquet") for side in ("source", "target")]
    found = ran(tmp_path, *sides, "--strategy", strategy, "--memory", f"{megabytes}MB")
    assert (found.code, found.err) == (1, "")
    assert found.counts["value_mismatch"] == DIFFERING
    assert found.counts["matched"] == ROWS - DIFFERING
    assert found.peak < megabytes * MB
    assert left_in_spool(tmp_path) == []


def test_the_environment_says_the_same(data: Path, tmp_path: Path) -> None:
    sides = [str(data / f"{side}.parquet") for side in ("source", "target")]
    found = ran(tmp_path, *sides, RECONCILE_MEMORY="350MB", RECONCILE_THREADS="1")
    assert found.code == 1
    assert found.peak < 350 * MB


@pytest.mark.servers
@pytest.mark.xdist_group("clouds")
def test_what_is_fetched_from_two_clouds_counts_too(
    data: Path, tmp_path: Path, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> None:
    s3, container = s3_client(s3_endpoint), new_container(blob_service(blob_endpoint))
    bucket = new_bucket(s3)
    for side in ("source", "target"):
        duckdb.sql(f"FROM '{data / side}.parquet' LIMIT {PART}").write_parquet(str(tmp_path / side))
    for day in range(4):
        s3.put_object(
            Bucket=bucket, Key=f"rows/day={day}/1.parquet", Body=(tmp_path / "source").read_bytes()
        )
        container.upload_blob(f"rows/day={day}/1.parquet", (tmp_path / "target").read_bytes())
    found = ran(
        tmp_path,
        f"s3://{bucket}/rows",
        f"az://{container.container_name}/rows",
        "--key",
        "day",
        "--memory",
        "600MB",
        **s3_endpoint.environment(),
        **blob_endpoint.environment(),
    )
    assert (found.code, found.err) == (1, "")
    assert found.counts["value_mismatch"] == 4 * PART // 5_000
    assert found.peak < 600 * MB


def test_rows_that_do_not_fit_are_told_in_one_line_and_nothing_is_left(
    data: Path, tmp_path: Path
) -> None:
    """Rows of 1 MB, all of which are decoded together."""
    for number, side in enumerate(("source", "target")):
        with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
            connection.execute(
                f"COPY (SELECT i AS id, repeat(md5(CAST(i + {number} AS VARCHAR)), 31250) AS text "
                f"FROM range(200) AS t(i)) TO '{tmp_path / side}.parquet'"
            )
    sides = [str(tmp_path / f"{side}.parquet") for side in ("source", "target")]
    found = ran(tmp_path, *sides, "--memory", "300MB")
    assert found.code == 3
    assert "does not fit in the memory" in found.err
    assert "Next: give it more with --memory" in found.err
    assert len(found.err.splitlines()) == 1
    assert found.peak < 300 * MB
    assert left_in_spool(tmp_path) == []


def test_a_limit_that_nothing_fits_into_is_refused_with_the_least_that_works(
    data: Path, tmp_path: Path
) -> None:
    sides = [str(data / f"{side}.parquet") for side in ("source", "target")]
    refused = ran(tmp_path, *sides, "--memory", "100MB")
    assert refused.code == 2
    assert refused.err.startswith("error: the memory is too little to compare anything in")
    assert len(refused.err.splitlines()) == 1
    least = int(refused.err.partition("at least ")[2].partition("MB")[0])
    few = [write_rows(tmp_path / name, rows=n) for name, n in (("few", 5), ("fewer", 4))]
    found = ran(tmp_path, *map(str, few), "--memory", f"{least}MB")
    assert (found.code, found.err) == (1, "")
    assert found.peak < least * MB


def test_what_a_killed_command_spilled_goes_with_the_next_one(data: Path, tmp_path: Path) -> None:
    sides = [str(data / f"{side}.parquet") for side in ("source", "target")]
    words = ["compare", *sides, "--key", "id", "--strategy", "join", "--memory", "300MB"]
    process = subprocess.Popen([*_RECONCILE, *words], env=environment(tmp_path))
    spool = tmp_path / "spool"
    while not any(file.stat().st_size for file in spool.glob("*/spill/*")):
        assert process.poll() is None, "it ended before it had spilled anything"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert left_in_spool(tmp_path) != []
    assert ran(tmp_path, *sides, "--strategy", "sketch").code == 1
    assert left_in_spool(tmp_path) == []
