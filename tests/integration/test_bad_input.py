"""Bad files, keys and rules: exit code 2, and one line that names the thing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.config.datasets import load_dataset
from reconcile.errors import BadConfiguration, BadInput, NotFound, ReconcileError, Unreadable
from reconcile.jobs.compare import compare
from reconcile.model.dead_letter import LetterKind
from reconcile.model.run import RunStatus
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, workbench

ROWS = [{"id": i, "v": i / 7, "n": f"name {i}"} for i in range(3_000)]


def assert_told(error: ReconcileError | None, *words: str, exit_code: int) -> None:
    """The error is one line for a person: with these words, without a traceback."""
    assert error is not None
    line = str(error)
    assert error.exit_code == exit_code, line
    assert all(word in line for word in words), line
    assert "\n" not in line
    assert "Traceback" not in line


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def cut_in_the_middle(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + whole[-4:])


def page_header_flipped(path: Path) -> None:
    flip(path, 4)


def page_data_flipped(path: Path) -> None:
    flip(path, 40)


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)


def text(path: Path) -> None:
    path.write_text("id,v,n\n1,2,3\n" * 100)


def zero_bytes(path: Path) -> None:
    path.write_bytes(b"")


def invalid_utf8(path: Path) -> None:
    texts = pa.Array.from_buffers(
        pa.string(),
        1,
        [None, pa.py_buffer(bytes([0, 0, 0, 0, 4, 0, 0, 0])), pa.py_buffer(b"a\xff\xfeb")],
    )
    pq.write_table(pa.table({"id": pa.array([1]), "v": pa.array([1.0]), "n": texts}), path)


SPOILT = [
    cut,
    cut_in_the_middle,
    page_header_flipped,
    page_data_flipped,
    text,
    zero_bytes,
    invalid_utf8,
]
spoilings = pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as bench:
        yield bench


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two files of equal rows, for comparing without a dataset."""
    paths = tmp_path / "source.parquet", tmp_path / "folder" / "target.parquet"
    paths[1].parent.mkdir()
    for path in paths:
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    return paths


@spoilings
@pytest.mark.parametrize("side", [0, 1], ids=["source", "target"])
def test_a_file_that_is_not_whole_parquet_is_named(
    files: tuple[Path, Path], spoil: Callable[[Path], None], side: int
) -> None:
    spoil(files[side])
    with pytest.raises(Unreadable) as caught:
        compare(*files, ["id"])
    assert_told(caught.value, str(files[side]), "Next: write it again", exit_code=2)


@spoilings
def test_a_run_sets_the_unreadable_object_aside_and_loses_nothing(
    bench: Workbench, spoil: Callable[[Path], None]
) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    bench.run()
    known = bench.told()
    spoil(bench.write("target", ROWS))
    outcome = bench.run()
    assert_told(outcome.error, str(bench.file("target")), exit_code=2)
    run = bench.setting.state.runs.get(outcome.run_id)
    assert (run.status, run.error) == (RunStatus.FAILED, str(outcome.error))
    (letter,) = [one for one in bench.letters() if one.kind is LetterKind.UNREADABLE]
    assert str(bench.file("target")) in letter.match_key
    assert set(known) < set(bench.told())
    bench.run()
    assert len(bench.letters()) == len(known) + 1
    bench.write("target", GOOD)
    bench.run()
    assert {letter.status.value for letter in bench.letters()} == {"resolved"}


def test_one_bad_file_among_good_ones_is_the_one_that_is_named(bench: Workbench) -> None:
    bench.write("source", ROWS)
    good = bench.write("target", ROWS)
    bad = good.with_name("other.parquet")
    bad.write_bytes(good.read_bytes())
    page_header_flipped(bad)
    assert_told(bench.run().error, str(bad), exit_code=2)


@pytest.mark.parametrize(
    "place", ["absent", "absent.parquet", "folder/absent-*.parquet", "only_marker", "empty_folder"]
)
def test_a_place_without_data_is_named(
    files: tuple[Path, Path], tmp_path: Path, place: str
) -> None:
    (tmp_path / "empty_folder").mkdir()
    (tmp_path / "only_marker").mkdir()
    (tmp_path / "only_marker" / "_SUCCESS").touch()
    for origins in ((tmp_path / place, files[1]), (files[0], tmp_path / place)):
        with pytest.raises(NotFound) as caught:
            compare(*origins, ["id"])
        assert_told(caught.value, str(tmp_path / place), exit_code=2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(files: tuple[Path, Path]) -> None:
    files[1].chmod(0)
    with pytest.raises(BadInput) as caught:
        compare(*files, ["id"])
    assert_told(caught.value, str(files[1]), exit_code=2)


def test_a_file_without_rows_is_data(files: tuple[Path, Path]) -> None:
    for path in files:
        pq.write_table(pa.Table.from_pylist(ROWS).slice(0, 0), path)
    assert compare(*files, ["id"]).verdict == "matched"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (["absent"], ["absent"]),
        (["id", "absent"], ["absent"]),
        (["n"], ["'n'", "string", "int64"]),
        ([], ["key"]),
    ],
    ids=["absent", "one of two absent", "text against number", "none"],
)
def test_a_match_key_that_cannot_be_used_is_named(
    files: tuple[Path, Path], key: list[str], words: list[str]
) -> None:
    pq.write_table(pa.table({"id": [1], "n": [1]}), files[1])
    with pytest.raises(BadInput) as caught:
        compare(*files, key)
    assert_told(caught.value, *words, exit_code=2)


def test_every_error_of_a_dataset_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(
        "dataset: Orders!\n"
        "owner: [sales]\n"
        "schedule: often\n"
        "timezone: Mars/Olympus\n"
        "grain: fortnight\n"
        "start: soon\n"
        "source: {location: 'ftp://host/orders'}\n"
        "target: {}\n"
        "compare: {match_key: [id], thresholds: {value_mismatch: {rows: -1}}}\n"
        "on_breach: shrug\n"
        "colour: blue\n"
    )
    with pytest.raises(BadConfiguration) as caught:
        load_dataset(path, environ={})
    lines = caught.value.lines()
    assert caught.value.exit_code == 2
    assert len(lines) >= 10
    assert all(line.startswith(str(path)) and "\n" not in line for line in lines)
    for number in range(1, 12):
        assert any(f"{path}:{number}:" in line for line in lines), (number, lines)
