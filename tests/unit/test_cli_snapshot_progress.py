"""What is seen of work on snapshots while it goes on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from reconcile.cli import progress
from reconcile.cli.progress import working


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Progress:
    """The bar of a terminal that somebody watches."""
    bar = Progress(TextColumn("{task.description}"), console=Console(file=io.StringIO(), width=200))
    monkeypatch.setattr("reconcile.cli.output.is_watched", lambda: True)
    monkeypatch.setattr(progress, "filling_bar", lambda: bar)
    return bar


def test_a_step_begins_anew_once_all_before_it_is_done(seen: Progress) -> None:
    with working() as told:
        told.step("saving")
        told.planned(2, 20)
        told.done(2, 20)
        told.step("checking")
        (task,) = seen.tasks
        assert (task.description, task.completed, task.total) == ("checking", 0, None)


def test_what_is_planned_before_its_step_is_not_forgotten(seen: Progress) -> None:
    with working() as told:
        told.step("listing")
        told.planned(2, 20)
        told.step("saving")
        told.done(1, 10)
        (task,) = seen.tasks
        assert task.description == "1 of 2 objects · 10 bytes of 20 bytes · saving"
        assert (task.completed, task.total) == (10, 20)


def test_a_pipe_gets_one_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    with working() as told:
        for word in ("listing", "saving", "saving", "writing down"):
            told.step(word)
            told.planned(1, 10)
            told.done(1, 10)
    assert capsys.readouterr().err.splitlines() == ["listing", "saving", "writing down"]
