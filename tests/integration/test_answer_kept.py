"""An answer keeps every discrepant row, the examples of its report, or none; it counts all."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

import reconcile
from reconcile.errors import BadInput, NotFound

SOURCE = pa.table({"id": range(100), "v": [n % 5 for n in range(100)]})
TARGET = pa.table({"id": range(30, 130), "v": [n % 5 + (n < 60) for n in range(30, 130)]})


def without_time(report: str) -> str:
    return re.sub(r"in \d+\.\d+ s|\d{4}-\d\d-\d\d[^,\n]*", "", report)


def test_the_report_is_the_same_whether_every_row_was_kept_or_its_examples() -> None:
    every = reconcile.compare(SOURCE, TARGET, ["id"])
    examples = reconcile.compare(SOURCE, TARGET, ["id"], keep="examples")
    assert examples.counts == every.counts
    assert without_time(examples.report()) == without_time(every.report())
    assert "20 of 30 rows shown" in every.report()
    with pytest.raises(BadInput, match="not kept"):
        examples.discrepancies()
    with pytest.raises(BadInput, match="not kept"):
        examples.value_mismatches()


def test_figures_alone_are_the_same_figures() -> None:
    every = reconcile.compare(SOURCE, TARGET, ["id"])
    alone = reconcile.compare(SOURCE, TARGET, ["id"], keep="none")
    assert (alone.counts, alone.columns, alone.verdict) == (
        every.counts,
        every.columns,
        every.verdict,
    )
    assert "0 of 30 rows shown" in alone.report() or "value_mismatch 30" in alone.report()


def test_nothing_else_can_be_kept() -> None:
    with pytest.raises(BadInput, match="nothing like that"):
        reconcile.compare(SOURCE, TARGET, ["id"], keep="some")


def test_an_answer_lies_in_a_folder_that_the_next_comparison_would_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_SPOOL", str(tmp_path))
    answer = reconcile.compare(SOURCE, TARGET, ["id"])
    assert answer.discrepancies_path.is_relative_to(tmp_path)
    del answer
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_price_list_is_told_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECONCILE_PRICES", "/nowhere/prices.yaml")
    monkeypatch.setattr("reconcile.jobs.comparing.compare_rows", lambda *_, **__: 1 / 0)
    with pytest.raises(NotFound, match="nowhere"):
        reconcile.compare(SOURCE, TARGET, ["id"])
