"""What a run's sides took over the wire: as somebody counts who sits on it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.jobs import reconciliation, run_validation
from reconcile.jobs.artifacts import COMPARISON, Artifacts
from reconcile.jobs.examples import examples_of
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.run_comparison import compare
from reconcile.model.discrepancy import Side
from reconcile.model.price import GIGABYTE, Price, PriceList
from reconcile.model.run import Step
from reconcile.report.json_document import json_document
from reconcile.state.runs import RunPartition
from tests.contract.site import Given
from tests.fault_proxy import Log, fault_proxy
from tests.integration.reconciling import DAY, GOOD, PARTITION, Workbench, workbench
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

RUN = "run-1"
FILES = 9  # more than a page of the S3 server holds


@dataclass(frozen=True)
class Clouds:
    """A dataset between two clouds, and what passed on the way to each.

    Attributes:
        bench: The workbench.
        sides: The dataset's sides.
        passed: What has passed so far, by side.
    """

    bench: Workbench
    sides: dict[str, Any]
    passed: dict[Side, Log]

    def partitions(self) -> dict[Side, RunPartition]:
        return {part.side: part for part in self.bench.setting.state.runs.partitions(RUN)}

    def require_as_passed(self) -> None:
        """The state says what the proxies have seen."""
        for side, part in self.partitions().items():
            passed = self.passed[side]
            assert (part.requests, part.bytes_read) == (passed.count(), passed.bytes_out)


def parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return sink.getvalue()


@pytest.fixture
def clouds(
    tmp_path: Path, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> Iterator[Clouds]:
    with (
        blob_service(blob_endpoint) as direct,
        fault_proxy(s3_endpoint) as to_s3,
        fault_proxy(blob_endpoint) as to_blob,
        blob_service(to_blob.endpoint) as blobs,
    ):
        bucket, container = new_bucket(s3_client(s3_endpoint)), new_container(direct)
        for number in range(FILES):
            name = f"orders/day={DAY}/part-{number}.parquet"
            rows: list[dict[str, Any]] = [
                {"id": row, "day": number, "v": 0.5} for row in range(number * 10, number * 10 + 5)
            ]
            s3_client(s3_endpoint).put_object(Bucket=bucket, Key=name, Body=parquet(rows))
            # Other bytes, so that no checksum settles it.
            other = [{**row, "v": 0.75} for row in rows] if number == 0 else rows[::-1]
            container.upload_blob(name, parquet(other))
        clients = Given(s3_client(to_s3.endpoint), blobs)
        with workbench(tmp_path, clients=clients) as bench:
            locations = (f"s3://{bucket}/orders", f"az://{container.container_name}/orders")
            yield Clouds(
                bench,
                {
                    side: {"location": location, "partition": PARTITION}
                    for side, location in zip(("source", "target"), locations, strict=True)
                },
                {Side.SOURCE: to_s3.log, Side.TARGET: to_blob.log},
            )


def test_a_plan_says_what_its_listings_took(clouds: Clouds) -> None:
    clouds.bench.steps(RUN, Step.PLAN, **clouds.sides)
    clouds.require_as_passed()
    assert clouds.partitions()[Side.SOURCE].requests == 2  # pages of seven


@pytest.mark.parametrize("slots", [1, 3])
def test_a_run_says_what_all_its_steps_took(clouds: Clouds, slots: int) -> None:
    bench = clouds.bench
    dataset = bench.dataset(**clouds.sides)
    reconciliation.plan(bench.setting, dataset, bench.window(), RUN, slots=slots)
    for slot in range(slots):
        compare(bench.setting, dataset, RUN, slot=None if slots == 1 else slot)
    run_validation.validate(bench.setting, dataset, RUN)
    clouds.require_as_passed()
    for part in clouds.partitions().values():
        assert part.requests is not None
        assert part.requests > FILES


def test_a_step_done_again_counts_once(clouds: Clouds) -> None:
    clouds.bench.steps(RUN, Step.PLAN, Step.COMPARE, **clouds.sides)
    again = {side: passed.count() for side, passed in clouds.passed.items()}
    clouds.bench.steps(RUN, Step.PLAN, **clouds.sides)
    listings = {side: passed.count() - again[side] for side, passed in clouds.passed.items()}
    assert {side: part.requests for side, part in clouds.partitions().items()} == listings


def test_the_report_says_the_same_and_what_it_cost(clouds: Clouds) -> None:
    bench = clouds.bench
    bench.steps(RUN, Step.PLAN, Step.COMPARE, Step.VALIDATE, **clouds.sides)
    prices = {
        "s3://": Price(gigabyte_out=Decimal(0), thousand_requests=Decimal(1)),
        "az://": Price(gigabyte_out=Decimal(GIGABYTE), thousand_requests=Decimal(0)),
    }
    setting = replace(bench.setting, prices=PriceList("EUR", prices))
    report = report_of_runs(setting, bench.dataset(**clouds.sides), [RUN], examples=examples_of)
    (window,) = json_document(report)["windows"]
    source, target = (clouds.passed[side] for side in (Side.SOURCE, Side.TARGET))
    assert window["requests"] == {"source": source.count(), "target": target.count()}
    assert window["bytes_read"] == {"source": source.bytes_out, "target": target.bytes_out}
    assert Decimal(window["cost"]["source"]) * 1000 == source.count()
    assert Decimal(window["cost"]["target"]) == target.bytes_out


def test_files_on_disk_take_no_request(tmp_path: Path) -> None:
    with workbench(tmp_path) as bench:
        sizes = {side: bench.write(side, GOOD).stat().st_size for side in ("source", "target")}
        bench.steps(RUN, Step.PLAN)
        for part in bench.setting.state.runs.partitions(RUN):
            assert (part.requests, part.bytes_read) == (0, 0)
        bench.steps(RUN, Step.COMPARE)
        for part in bench.setting.state.runs.partitions(RUN):
            assert (part.requests, part.bytes_read) == (0, sizes[part.side.value])
        result = Artifacts(bench.setting, RUN).read_json(COMPARISON)["result"]
        assert result["requests"] == {"source": 0, "target": 0}
