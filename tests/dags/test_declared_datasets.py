"""Which datasets DAG files make DAGs of, and what becomes of those that make none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconcile.model.dataset import Dataset
from tests.dags.bookings import Bookings

CONTEXT = "_AIRFLOW_PARSING_CONTEXT_"


@pytest.fixture
def declared(
    airflow_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    for name in ("DAG_ID", "TASK_ID"):
        monkeypatch.delenv(CONTEXT + name, raising=False)
    return airflow_module("reconcile.orchestration.declared_datasets")


@pytest.fixture
def dag_file(tmp_path: Path) -> str:
    """Beside three datasets, of which the second makes no DAG."""
    folder = Bookings.written(tmp_path).datasets
    bookings = (folder / "bookings.yaml").read_text()
    for name in ("odd", "tickets"):
        (folder / f"{name}.yaml").write_text(
            bookings.replace("dataset: bookings", f"dataset: {name}")
        )
    return str(tmp_path / "dag_file.py")


def build(dataset: Dataset, *, page: str) -> Any:
    if dataset.name == "odd":
        raise ZeroDivisionError("of a kind that\nnobody foresaw")
    return f"{page}{dataset.name}"


def test_a_dag_that_cannot_be_made_takes_none_from_the_others(
    declared: ModuleType, dag_file: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        dags = list(declared.dags_of(dag_file, build, page="p/", environ={}))
    assert dags == ["p/bookings", "p/tickets"]
    assert "odd.yaml: Airflow makes no DAG of it" in caplog.text


def test_what_makes_no_dag_is_told_with_its_file(declared: ModuleType, dag_file: str) -> None:
    with pytest.raises(declared.BrokenDatasets) as caught:
        declared.refuse_broken_datasets(dag_file, [build], environ={})
    (line,) = str(caught.value).splitlines()
    assert line.endswith(
        "odd.yaml: Airflow makes no DAG of it: ZeroDivisionError: of a kind that nobody foresaw"
    )


def test_a_task_that_has_no_dag_says_why_and_another_one_does_not(
    declared: ModuleType, dag_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONTEXT + "TASK_ID", "plan")
    monkeypatch.setenv(CONTEXT + "DAG_ID", "any_family__odd")
    declared.refuse_broken_datasets(dag_file, [build], environ={})
    with pytest.raises(declared.BrokenDatasets, match="nobody foresaw"):
        list(declared.dags_of(dag_file, build, page="", environ={}))
    monkeypatch.setenv(CONTEXT + "DAG_ID", "any_family__tickets")
    assert list(declared.dags_of(dag_file, build, page="", environ={})) == ["tickets"]
    monkeypatch.setenv(CONTEXT + "DAG_ID", "a_dag_of_somebody_else")
    assert list(declared.dags_of(dag_file, build, page="", environ={})) == []


def test_a_family_need_not_have_a_dag_of_every_dataset(declared: ModuleType, dag_file: str) -> None:
    assert list(declared.dags_of(dag_file, lambda dataset, page: None, page="", environ={})) == []


def test_a_file_that_is_something_else_does_not_fill_the_banner(
    declared: ModuleType, dag_file: str
) -> None:
    folder = Path(dag_file).parent / "datasets"
    (folder / "export.yaml").write_text("\n".join(f"row_{n}: 1" for n in range(1000)))
    with pytest.raises(declared.BrokenDatasets) as caught:
        declared.refuse_broken_datasets(dag_file, [], environ={})
    lines = str(caught.value).splitlines()
    assert len(lines) == 101
    assert lines[-1].endswith("more; `reconcile config validate` shows them")


def test_without_a_folder_there_is_nothing_but_an_error(
    declared: ModuleType, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "dag_file.py")
    assert declared.declared_datasets(nowhere, environ={}) == ()
    with pytest.raises(declared.BrokenDatasets, match="no folder of dataset files"):
        declared.refuse_broken_datasets(nowhere, [], environ={})
