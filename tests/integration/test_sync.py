"""Syncs of windows between real stores: what is copied, proven, kept, deleted, and written down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import BadInput, ReconcileError, WindowHeld
from reconcile.jobs import synchronisation
from reconcile.jobs.artifacts import COMPARISON, Artifacts
from reconcile.jobs.running import run_window
from reconcile.jobs.sync_commit import commit
from reconcile.jobs.sync_reporting import report
from reconcile.jobs.sync_status import behind, sync_status
from reconcile.jobs.sync_verification import verify
from reconcile.jobs.syncing import sync_span
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import Equality, WindowState
from reconcile.model.result import Verdict
from reconcile.model.run import RunKind
from reconcile.model.sync import Brake, Gap
from tests.contract.site import Given
from tests.integration.reconciling import DAY, GOOD
from tests.integration.synchronising import SyncBench, parquet, sync_bench
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

OBJECTS = {"a.parquet": parquet(GOOD), "b/c d+é.parquet": parquet(GOOD[:2]), "empty": b""}


@pytest.fixture(params=["s3 to az", "az to s3", "s3 to local", "local to az", "local to local"])
def bench(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
) -> Iterator[SyncBench]:
    """A bench for every direction."""
    with blob_service(blob_endpoint) as blobs:
        s3 = s3_client(s3_endpoint)
        places = {
            "s3": lambda: f"s3://{new_bucket(s3)}",
            "az": lambda: f"az://{new_container(blobs).container_name}",
            "local": lambda: str(tmp_path / "place"),
        }
        origin, _, destination = request.param.partition(" to ")
        source, target = places[origin](), places[destination]()
        if origin == destination:
            target += "-copy"
        with sync_bench(tmp_path, source, target, Given(s3=s3, blob=blobs)) as made:
            yield made


def filled(bench: SyncBench, objects: dict[str, bytes] = OBJECTS) -> SyncBench:
    for name, data in objects.items():
        bench.write(name, data)
    return bench


class TestOneWindow:
    def test_everything_missing_is_copied_and_proven(self, bench: SyncBench) -> None:
        outcome = filled(bench).sync()
        assert outcome.state is WindowState.COMPLETE
        assert bench.held() == OBJECTS
        assert bench.figures(outcome)["copied"] == len(OBJECTS)
        entries = bench.entries()
        assert entries.keys() == OBJECTS.keys()
        for entry in entries.values():
            assert entry.equality is Equality.PROVEN
            assert entry.origin_value == entry.destination_value is not None

    def test_a_second_sync_keeps_everything_and_reads_nothing(self, bench: SyncBench) -> None:
        filled(bench).sync()
        again = bench.sync()
        assert again.state is WindowState.COMPLETE
        figures = bench.figures(again)
        assert (figures["kept"], figures["objects"]) == (len(OBJECTS), len(OBJECTS))
        for side in (Side.SOURCE, Side.TARGET):
            if bench.traffic(again, side).requests:
                assert bench.traffic(again, side).requests == 1  # the listing

    def test_a_rewritten_object_of_the_same_size_is_found(self, bench: SyncBench) -> None:
        filled(bench).sync()
        other = OBJECTS["a.parquet"][::-1]
        bench.write("a.parquet", other)
        outcome = bench.sync()
        assert bench.figures(outcome)["replaced"] == 1
        assert bench.held()["a.parquet"] == other

    def test_a_damaged_copy_of_the_same_size_is_found(self, bench: SyncBench) -> None:
        filled(bench).sync()
        bench.write("a.parquet", OBJECTS["a.parquet"][::-1], side="target")
        outcome = bench.sync()
        assert bench.figures(outcome)["replaced"] == 1
        assert bench.held() == OBJECTS

    def test_equal_bytes_that_were_there_before_are_proven_and_not_written(
        self, bench: SyncBench
    ) -> None:
        filled(bench)
        for name, data in OBJECTS.items():
            bench.write(name, data, side="target")
        outcome = bench.sync()
        figures = bench.figures(outcome)
        assert figures.get("proved", 0) + figures.get("kept", 0) == len(OBJECTS)
        assert "written_bytes" not in figures
        assert bench.figures(bench.sync())["kept"] == len(OBJECTS)

    def test_the_daily_reconciliation_matches_without_reading_data(self, bench: SyncBench) -> None:
        rows = {
            f"part-{number}.parquet": parquet(
                [{**row, "id": 10 * number + row["id"]} for row in GOOD]
            )
            for number in range(3)
        }
        filled(bench, {**rows, "_SUCCESS": b""})
        bench.write("part-0.parquet", rows["part-0.parquet"], side="target")  # found, not copied
        bench.sync()
        assert {e.rows for name, e in bench.entries().items() if name in rows} == {len(GOOD)}
        done = run_window(bench.setting, bench.dataset, bench.window())
        assert done.verdict is Verdict.MATCHED
        proof = Artifacts(bench.setting, done.run_id).read_json(COMPARISON)["result"]["proof"]
        here = bench.source.startswith("/") and bench.target.startswith("/")
        assert proof["by_row" if here else "by_checksum"] == 2 * len(rows) * len(GOOD)


def test_what_only_a_composite_checksum_vouches_for_is_read(
    tmp_path: Path, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> None:
    """A checksum of the parts' checksums is none of the bytes, nor is such an object's ETag."""
    client = s3_client(s3_endpoint)
    bucket, data = new_bucket(client), bytes(range(256)) * 4
    with (
        blob_service(blob_endpoint) as blobs,
        sync_bench(
            tmp_path,
            f"s3://{bucket}",
            f"az://{new_container(blobs).container_name}",
            Given(s3=client, blob=blobs),
        ) as bench,
    ):
        key = f"{bench.source.partition(bucket)[2].strip('/')}/day={DAY}/x"
        of = {"Bucket": bucket, "Key": key}
        upload = client.create_multipart_upload(
            **of, ChecksumAlgorithm="CRC32", ChecksumType="COMPOSITE"
        )["UploadId"]
        parts = []
        for number, part in enumerate((data[:600], data[600:]), start=1):
            sent = client.upload_part(
                **of, UploadId=upload, PartNumber=number, Body=part, ChecksumAlgorithm="CRC32"
            )
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        client.complete_multipart_upload(**of, UploadId=upload, MultipartUpload={"Parts": parts})
        bench.write("x", data[::-1], side="target")
        assert bench.figures(bench.sync())["replaced"] == 1
        assert bench.held() == {"x": data}
        assert bench.entries()["x"].algorithm == "crc64nvme"


ODD_NAMES = (
    *("a b", "a+b", "a%2Fb", "100%", "Ä-composed", "A\u0308-decomposed", "emoji-\U0001f600"),
    *("case", "CASE", "line\nbreak", "q?x#y", "quote'\"", "tab\t", "x" * 900, "trailing."),
)


def test_odd_names_arrive_as_they_are_or_are_refused(bench: SyncBench) -> None:
    given = {}
    for name in ODD_NAMES:
        try:
            bench.write(name, name.encode())
            given[name] = name.encode()
        except ReconcileError:
            continue  # the origin itself cannot hold it
    assert len(given) > 10
    outcome = bench.sync()
    undone = {one["name"]: one["reason"] for one in bench.synced(outcome)["undone"]}
    assert bench.held() == {name: data for name, data in given.items() if name not in undone}
    assert all(undone.values())
    assert len(undone) <= 4


def test_a_file_rewritten_in_place_with_its_time_put_back_is_found(tmp_path: Path) -> None:
    with sync_bench(tmp_path, str(tmp_path / "a"), str(tmp_path / "b"), Given()) as bench:
        bench.write("x", b"one")
        bench.sync()
        (path,) = Path(bench.source).rglob("x")
        status = path.stat()
        path.write_bytes(b"two")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert bench.figures(bench.sync())["replaced"] == 1
        assert bench.held() == {"x": b"two"}


def test_what_a_killed_write_left_on_a_disk_is_removed(tmp_path: Path) -> None:
    with sync_bench(tmp_path, str(tmp_path / "a"), str(tmp_path / "b"), Given()) as bench:
        bench.write("x", b"one")
        folder = Path(bench.target) / f"day={DAY}"
        folder.mkdir(parents=True)
        left, at_work = folder / ".reconcile-0123456789abcdef", folder / ".reconcile-of-another"
        for path in (left, at_work):
            path.write_bytes(b"half of")
        long_ago = bench.bench.clock().timestamp() - 3600
        os.utime(left, (long_ago, long_ago))
        assert bench.sync().state is WindowState.COMPLETE
        assert (left.exists(), at_work.exists()) == (False, True)


class TestDeletes:
    def test_extra_objects_are_left_unless_asked(self, bench: SyncBench) -> None:
        filled(bench).write("extra", b"x", side="target")
        outcome = bench.sync()
        assert outcome.state is WindowState.COMPLETE
        assert bench.figures(outcome)["left"] == 1
        assert "extra" in bench.held()

    def test_what_is_gone_from_the_origin_is_deleted_where_asked(self, bench: SyncBench) -> None:
        bench.with_rules(deletes=True, brake=Brake(Decimal("0.5"), 10))
        filled(bench).sync()
        bench.remove("empty")
        outcome = bench.sync()
        assert bench.figures(outcome)["deleted"] == 1
        assert bench.held().keys() == OBJECTS.keys() - {"empty"}
        assert bench.entries().keys() == OBJECTS.keys() - {"empty"}

    def test_the_brake_stops_before_the_first_delete(self, bench: SyncBench) -> None:
        bench.with_rules(deletes=True, brake=Brake(Decimal("0.1"), 10))
        filled(bench).sync()
        bench.remove("empty")
        outcome = bench.sync()
        assert outcome.state is WindowState.INCOMPLETE
        assert "brake" in bench.synced(outcome)["deletes_stopped"]
        assert bench.held() == OBJECTS
        approved = bench.sync(approval="the station has moved")
        assert approved.state is WindowState.COMPLETE
        assert "empty" not in bench.held()

    def test_an_empty_origin_deletes_nothing_even_when_approved(self, bench: SyncBench) -> None:
        bench.with_rules(deletes=True, brake=Brake(Decimal(1), 100))
        filled(bench).write("other", b"x", day="2013-01-06")
        bench.sync()
        for name in OBJECTS:
            bench.remove(name)
        outcome = bench.sync(approval="yes")
        assert outcome.exit_code == 3
        assert bench.synced(outcome)["may_be_approved"] is False
        assert bench.held() == OBJECTS

    def test_what_another_dataset_has_put_there_is_not_deleted(self, bench: SyncBench) -> None:
        bench.with_rules(deletes=True, brake=Brake(Decimal(1), 100))
        filled(bench).sync()
        bench.changes["dataset"] = "others"
        for name in OBJECTS:
            bench.remove(name)
        bench.write("other", b"x")
        outcome = bench.sync(approval="yes")
        assert outcome.state is WindowState.INCOMPLETE
        assert (
            "orders is synchronised to the same place" in bench.synced(outcome)["deletes_stopped"]
        )
        assert bench.held() == {**OBJECTS, "other": b"x"}


class TestOrder:
    def test_a_marker_comes_when_all_else_is_in_place(self, bench: SyncBench) -> None:
        filled(bench, {**OBJECTS, "_SUCCESS": b"done"})
        work, run_id = bench.work(), "run-1"
        synchronisation.plan(work, bench.window(), run_id)
        synchronisation.copy(work, run_id)
        assert "_SUCCESS" not in bench.held()
        verify(work, run_id)
        assert commit(work, run_id).state is WindowState.COMPLETE
        assert bench.held() == {**OBJECTS, "_SUCCESS": b"done"}

    def test_what_changes_while_it_is_copied_leaves_the_window_incomplete(
        self, bench: SyncBench
    ) -> None:
        filled(bench, {**OBJECTS, "_SUCCESS": b""})
        work, run_id = bench.work(), "run-1"
        synchronisation.plan(work, bench.window(), run_id)
        bench.write("a.parquet", b"another")
        bench.write("late", b"late")
        synchronisation.copy(work, run_id)
        assert "a.parquet" not in bench.held()
        verify(work, run_id)
        assert commit(work, run_id).state is WindowState.INCOMPLETE
        assert "_SUCCESS" not in bench.held()
        assert report(work, run_id) is Verdict.INDETERMINATE
        assert bench.sync().state is WindowState.COMPLETE
        assert bench.held()["a.parquet"] == b"another"
        assert bench.held()["late"] == b"late"

    def test_two_syncs_of_one_window(self, bench: SyncBench) -> None:
        filled(bench)
        synchronisation.plan(bench.work(), bench.window(), "first")
        second = bench.sync()
        assert isinstance(second.error, WindowHeld)
        span = sync_span(bench.setting, bench.dataset, [bench.window(), bench.window("2013-01-06")])
        assert span.report is not None
        assert [window.state for window in span.report.windows] == [None, WindowState.EMPTY]
        assert "held by another run" in str(span.report.windows[0].error)
        assert span.exit_code == 3
        assert bench.held() == {}
        synchronisation.copy(bench.work(), "first")
        assert bench.held() == OBJECTS

    def test_slots_share_the_work_and_one_that_failed_is_seen(self, bench: SyncBench) -> None:
        filled(bench)
        work, run_id = bench.work(), "run-1"
        synchronisation.plan(work, bench.window(), run_id, slots=3)
        for slot in (0, 2):
            synchronisation.copy(work, run_id, slot=slot)
        verify(work, run_id)
        assert commit(work, run_id).state is WindowState.INCOMPLETE
        synchronisation.copy(work, run_id, slot=1)
        verify(work, run_id)
        assert commit(work, run_id).state is WindowState.COMPLETE
        assert bench.held() == OBJECTS


def test_a_dataset_without_partitions_is_refused(tmp_path: Path) -> None:
    with sync_bench(tmp_path, str(tmp_path / "a"), str(tmp_path / "b"), Given()) as bench:
        for side in ("source", "target"):
            bench.changes[side] = {"location": str(tmp_path / side)}
        with pytest.raises(BadInput, match="no `partition`"):
            bench.sync()


class TestCompleteness:
    def test_an_empty_window_is_well_where_it_is_declared_a_gap(self, bench: SyncBench) -> None:
        filled(bench)
        assert bench.sync("2013-01-03").exit_code == 3
        bench.with_rules(gaps=(Gap(date(2013, 1, 3), date(2013, 1, 4), "the station was closed"),))
        outcome = bench.sync("2013-01-03")
        assert (outcome.state, outcome.exit_code) == (WindowState.EMPTY, 0)

    def test_holes_late_gaps_and_what_was_rewritten(self, bench: SyncBench) -> None:
        bench.with_rules(gaps=(Gap(date(2013, 1, 3), date(2013, 1, 4), "the station was closed"),))
        bench.changes["end"] = "2013-01-08"
        for day in ("2013-01-01", "2013-01-02", DAY):
            bench.write("x", day.encode(), day=day)
            assert bench.sync(day).exit_code == 0
        assert bench.sync("2013-01-04").state is WindowState.EMPTY

        def states() -> dict[str, str]:
            found = sync_status(bench.setting, bench.dataset, look=True)
            return {one.window.name[-2:]: one.state.value for one in found.standings}

        assert states() == {
            "01": "complete",
            "02": "complete",
            "03": "gap",
            "04": "late",
            "05": "complete",
            "06": "late",
            "07": "late",
        }
        bench.write("x", b"rewritten!", day="2013-01-02")
        bench.write("late", b"late", day="2013-01-04")
        assert states()["02"] == states()["04"] == "incomplete"
        days = [bench.window(f"2013-01-0{day}") for day in range(1, 8)]
        late = behind(bench.setting, bench.dataset, days)
        assert [window.name for window in late] == ["2013-01-02", "2013-01-04"]
        for window in late:
            bench.sync(window.name)
        told = sync_status(bench.setting, bench.dataset, look=True)
        assert told.watermark == DAY
        assert bench.setting.state.runs.list(kind=RunKind.SYNC)
