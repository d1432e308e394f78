"""The erasure list: rows that must not come back do not, and all others stay as they are."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.errors import AlreadyExists, BadInput, DiskFull, NotFound
from reconcile.jobs.snapshots.creating import saving
from reconcile.jobs.snapshots.restoring import erasing
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.jobs.snapshots.restoring.restoring import restore
from reconcile.jobs.snapshots.telling import restored_told
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.repository.repository import Repository
from tests.integration.reconciling import DAY, PARTITION
from tests.integration.snapshotting import SnapshotBench, snapshot_bench
from tests.integration.synchronising import parquet

ROWS = [{"id": i, "v": i / 2, "n": f"name {i}"} for i in range(1, 11)]
PART = f"day={DAY}/part.parquet"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path, erasure=str(tmp_path / "erasure")) as made:
        yield made


@pytest.fixture
def to(tmp_path: Path) -> str:
    return str(tmp_path / "restored")


def listed(bench: SnapshotBench, data: bytes, *, name: str = "list") -> None:
    path = Path(str(bench.rules.erasure))
    path.mkdir(exist_ok=True)
    (path / name).write_bytes(data)


def restored(bench: SnapshotBench, to: str, **arguments: Any) -> Restored:
    bench.manifest()
    with bench.work() as work:
        return restore(work, to=Location.parse(to), **arguments)


def table(bench: SnapshotBench, to: str, name: str = PART) -> pa.Table:
    return pq.read_table(io.BytesIO(bench.held(to)[name]), partitioning=None)


@pytest.mark.parametrize(
    "data",
    [parquet([{"id": 3}, {"id": 10}, {"id": 99}]), b"id,why\n3,asked\n10,asked\n99,asked\n"],
    ids=["parquet", "csv"],
)
def test_listed_rows_do_not_come_back_and_are_accounted_for(
    bench: SnapshotBench, to: str, data: bytes
) -> None:
    bench.write(ROWS)
    untouched = bench.write([{**row, "id": row["id"] + 20} for row in ROWS], day="2013-01-06")
    listed(bench, data)
    done = restored(bench, to)
    assert [row["id"] for row in table(bench, to).to_pylist()] == [1, 2, 4, 5, 6, 7, 8, 9]
    assert table(bench, to).to_pylist() == [row for row in ROWS if row["id"] not in (3, 10)]
    assert (done.rows, done.erased, done.counted, done.rewritten) == (20, 2, 18, 1)
    assert done.proven
    assert bench.held(to)["day=2013-01-06/part.parquet"] == untouched
    assert bench.lines()[-1].details["erased"] == 2


def test_columns_types_and_what_else_a_file_says_stay(bench: SnapshotBench, to: str) -> None:
    schema = pa.schema(
        [
            pa.field("z", pa.dictionary(pa.int32(), pa.string())),
            pa.field("id", pa.int32(), nullable=False, metadata={b"unit": b"none"}),
            pa.field("price", pa.decimal128(38, 4)),
            pa.field("at", pa.timestamp("ns", "Europe/Berlin")),
            pa.field("m", pa.map_(pa.string(), pa.list_(pa.int16()))),
            pa.field("f", pa.float64()),
        ],
        metadata={b"written by": b"us"},
    )
    rows = [
        {
            "z": "a" if i % 2 else None,
            "id": i,
            "price": Decimal("1.2345"),
            "at": datetime(2013, 1, 5, 12, i, tzinfo=UTC),
            "m": [("k", [i]), ("k", [])],
            "f": float("nan"),
        }
        for i in range(8)
    ]
    was = pa.Table.from_pylist(rows, schema=schema)
    sink = io.BytesIO()
    pq.write_table(was, sink, row_group_size=3, compression="zstd")
    bench.put(PART, sink.getvalue())
    was = table(bench, bench.source)
    listed(bench, parquet([{"id": 0}, {"id": 4}]))
    done = restored(bench, to)
    now = table(bench, to)
    kept = was.filter(pa.array([i not in (0, 4) for i in range(8)]))
    assert now.schema.equals(was.schema, check_metadata=True)
    assert repr(now.to_pylist()) == repr(kept.to_pylist())
    metadata = pq.read_metadata(io.BytesIO(bench.held(to)[PART]))
    assert [metadata.row_group(n).num_rows for n in range(3)] == [2, 2, 2]
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert done.proven


def test_a_listed_null_is_a_null_and_keys_of_several_columns_are_whole(
    bench: SnapshotBench, to: str
) -> None:
    bench.changes["compare"] = {"match_key": ["a", "b"]}
    schema = pa.schema([("a", pa.string()), ("b", pa.int64()), ("v", pa.int64())])
    rows = [("x", 1), ("x", None), (None, 1), ("", 1), ("y", 1), ("y", 1)]
    data = pa.Table.from_pylist(
        [{"a": a, "b": b, "v": n} for n, (a, b) in enumerate(rows)], schema=schema
    )
    sink = io.BytesIO()
    pq.write_table(data, sink)
    bench.put(PART, sink.getvalue())
    listed(bench, b'a,b\nx,\n"",1\ny,1\n')
    done = restored(bench, to)
    assert table(bench, to)["v"].to_pylist() == [0, 2]
    assert (done.erased, done.proven) == (4, True)


def test_keys_meet_as_the_comparison_has_them_meet(bench: SnapshotBench, to: str) -> None:
    """The target spells the key otherwise, and the list is in the source's spelling."""
    bench.rules = bench.rules.__class__(**{**vars(bench.rules), "of": Side.TARGET})
    bench.changes["target"] = {"location": bench.source, "partition": PARTITION}
    bench.changes["source"] = {"location": f"{bench.source}-none", "partition": PARTITION}
    bench.changes["compare"] = {
        "match_key": ["id"],
        "columns": {
            "rename": {"ID": "id"},
            "rules": {"id": {"normalize": ["trim", "casefold"], "map": {"gamma": "c"}}},
        },
    }
    bench.write([{"ID": text, "v": 1} for text in (" A ", "b", "gamma", "d")])
    listed(bench, parquet([{"id": "a"}, {"id": "c"}]))
    done = restored(bench, to)
    assert table(bench, to)["ID"].to_pylist() == ["b", "d"]
    assert done.erased == 2


def test_a_key_that_only_the_folder_has(bench: SnapshotBench, to: str) -> None:
    bench.changes["compare"] = {"match_key": ["day", "id"]}
    for day in (DAY, "2013-01-06"):
        bench.write(ROWS, day=day)
    listed(bench, f"day,id\n{DAY},1\n".encode())
    done = restored(bench, to)
    assert (table(bench, to).num_rows, done.erased, done.rewritten) == (9, 1, 1)


def test_all_rows_of_an_object_may_go(bench: SnapshotBench, to: str) -> None:
    bench.write(ROWS)
    listed(bench, parquet([{"id": row["id"]} for row in ROWS]))
    done = restored(bench, to)
    assert (table(bench, to).num_rows, done.erased, done.counted) == (0, 10, 0)
    assert table(bench, to).schema.names == ["id", "v", "n"]
    assert done.proven


def test_what_was_restored_before_the_list_grew_is_not_right_any_more(
    bench: SnapshotBench, to: str
) -> None:
    bench.write(ROWS)
    listed(bench, parquet([{"id": 1}]))
    assert restored(bench, to).written == 1
    again = restored(bench, to)
    assert (again.already, again.written, again.erased, again.proven) == (1, 0, 1, True)
    listed(bench, parquet([{"id": 2}]), name="more")
    with pytest.raises(AlreadyExists):
        restored(bench, to)
    assert restored(bench, to, replace=True).erased == 2
    assert table(bench, to)["id"].to_pylist() == list(range(3, 11))


@pytest.mark.parametrize(
    "data",
    [b"number\n1\n", b"id\nnot a number\n", b"PAR1 and no more", b"\xff\xfe\x00id\n1\n"],
    ids=["other columns", "other type", "corrupt", "no text"],
)
def test_a_list_that_cannot_be_read_lets_nothing_be_restored(
    bench: SnapshotBench, to: str, data: bytes
) -> None:
    bench.write(ROWS)
    listed(bench, data)
    with pytest.raises(BadInput):
        restored(bench, to)
    assert not Path(to).exists()


def test_a_list_that_is_gone_lets_nothing_be_restored(bench: SnapshotBench, to: str) -> None:
    bench.write(ROWS)
    with pytest.raises(NotFound, match=r"the erasure list .* is not there"):
        restored(bench, to)
    assert not Path(to).exists()


def test_an_object_without_the_match_key_is_not_restored_as_if_nothing_were_erased(
    bench: SnapshotBench, to: str
) -> None:
    bench.write([{"number": 1}])
    listed(bench, parquet([{"id": 1}]))
    with pytest.raises(BadInput, match="id"):
        restored(bench, to)
    assert not Path(to, PART).exists()


def test_no_row_stays_on_this_machine(bench: SnapshotBench, to: str) -> None:
    bench.write(ROWS)
    listed(bench, parquet([{"id": 1}]))
    restored(bench, to)
    assert not [path for path in (bench.bench.folder / "spool").rglob("*") if path.is_file()]


def test_objects_that_are_no_parquet_are_named_since_the_list_cannot_be_applied_to_them(
    bench: SnapshotBench, to: str
) -> None:
    bench.write(ROWS)
    bench.put("rows.csv", b"id,n\n3,Anna\n")
    bench.put(f"day={DAY}/_SUCCESS", b"")
    listed(bench, parquet([{"id": 3}]))
    rehearsed = restored(bench, to, rehearsal=True)
    done = restored(bench, to)
    for one in (rehearsed, done):
        assert (one.keeping, one.keeping_objects) == (("rows.csv",), 1)
        assert "not applied to 1 object that is no Parquet: rows.csv." in restored_told(one)
    assert (done.erased, done.proven) == (1, True)
    assert bench.lines()[-1].details["not_erasable"] == 1


def test_a_footer_that_was_too_long_to_be_counted_lets_no_listed_row_come_back(
    bench: SnapshotBench, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_END", 100)
    store = bench.store(bench.rules.repository.location)
    Repository.create(store, chunk_size=1024, now=bench.setting.now)
    bench.write([{"id": i, "n": str(i * 7919)} for i in range(900)])
    listed(bench, parquet([{"id": 3}, {"id": 899}]))
    done = restored(bench, to)
    assert table(bench, to).num_rows == 898
    assert (done.rows, done.erased, done.keeping_objects, done.proven) == (0, 2, 0, True)


def test_a_full_disk_is_told_as_one_and_no_object_stays_in_the_spool(
    bench: SnapshotBench, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the engine rewrites of a file, such as its INT96 times, goes with the file."""
    for day in ("2013-01-04", DAY):
        sink = io.BytesIO()
        rows = pa.table({"id": [1, 2], "at": [datetime(2013, 1, 5, tzinfo=UTC)] * 2})
        pq.write_table(rows, sink, use_deprecated_int96_timestamps=True)
        bench.put(f"day={day}/part.parquet", sink.getvalue())
    listed(bench, parquet([{"id": 1}]))
    spool, found = bench.bench.folder / "spool", list[set[str]]()
    original = erasing.erased_rows

    def seen(file: Any, *args: Any, **how: Any) -> Any:
        found.append({path.name for path in spool.rglob("erasing-*")})
        return original(file, *args, **how)

    monkeypatch.setattr(erasing, "erased_rows", seen)
    assert restored(bench, to).erased == 2
    assert [len(one) for one in found] == [1, 1]

    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(erasing, "write_without", full)
    with pytest.raises(DiskFull, match="RECONCILE_SPOOL"):
        restored(bench, f"{to}-again")
    assert not Path(f"{to}-again").exists()
    assert not list(spool.rglob("object-*"))
