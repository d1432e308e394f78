"""What is seen of a sync while it goes on."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from reconcile.cli import progress
from reconcile.cli.progress import syncing
from reconcile.model.run import SyncStep

from .sync_samples import day


def _outcome(name: str, state: str | None) -> SimpleNamespace:
    return SimpleNamespace(window=day(name), state=state)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Progress:
    """The bar of a terminal that somebody watches."""
    bar = Progress(TextColumn("{task.description}"), console=Console(file=io.StringIO(), width=200))
    monkeypatch.setattr("reconcile.cli.output.is_watched", lambda: True)
    monkeypatch.setattr(progress, "filling_bar", lambda: bar)
    return bar


def test_nothing_that_many_threads_tell_is_lost(seen: Progress) -> None:
    with syncing(3) as told:
        told.window(day("2013-01-05"))
        told.step(SyncStep.COPY)
        told.planned(400, 4_000_000)
        told.planned(100, 1_000_000)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _n: told.copied(1, 10_000), range(450)))
        (task,) = seen.tasks
        assert task.description == (
            "450 of 500 objects · 4.5 MB of 5.0 MB · 2013-01-05 copy · 0 of 3 windows"
        )
        assert (task.completed, task.total) == (4_500_000, 5_000_000)


def test_every_window_begins_anew(seen: Progress, capsys: pytest.CaptureFixture[str]) -> None:
    with syncing(2) as told:
        told.window(day("2013-01-05"))
        told.planned(1, 10)
        told.copied(1, 10)
        told.outcome(_outcome("2013-01-05", "complete"))  # type: ignore[arg-type]
        told.window(day("2013-01-06"))
        told.step(SyncStep.PLAN)
        (task,) = seen.tasks
        assert task.description == "2013-01-06 plan · 1 of 2 windows"
        assert (task.completed, task.total) == (0, None)
    assert capsys.readouterr().err == "2013-01-05: complete\n"


def test_objects_of_no_bytes_are_counted_all_the_same(seen: Progress) -> None:
    with syncing(1) as told:
        told.window(day("2013-01-05"))
        told.planned(3, 0)
        told.copied(2, 0)
        assert seen.tasks[0].description == "2 of 3 objects · 0 bytes of 0 bytes · 2013-01-05"


def test_a_pipe_gets_one_line_a_window(capsys: pytest.CaptureFixture[str]) -> None:
    with syncing(2) as told:
        for name, state in (("2013-01-05", "complete"), ("2013-01-06", None)):
            told.window(day(name))
            told.step(SyncStep.COPY)
            told.planned(1, 10)
            told.copied(1, 10)
            told.outcome(_outcome(name, state))  # type: ignore[arg-type]
    assert capsys.readouterr().err == (
        "2013-01-05: complete (1 of 2 windows)\n2013-01-06: not known (2 of 2 windows)\n"
    )


def test_a_pipe_gets_one_line_a_step_where_there_is_one_window(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with syncing(1) as told:
        told.window(day("2013-01-05"))
        for step in SyncStep:
            told.step(step)
        told.outcome(_outcome("2013-01-05", "incomplete"))  # type: ignore[arg-type]
    assert capsys.readouterr().err.splitlines() == [
        "2013-01-05: copy",
        "2013-01-05: verify",
        "2013-01-05: commit",
        "2013-01-05: report",
        "2013-01-05: incomplete (1 of 1 window)",
    ]
