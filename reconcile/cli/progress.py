"""Progress: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from reconcile.cli import output
from reconcile.report.numbers import bytes_text, counted

if TYPE_CHECKING:
    from rich.progress import Progress

    from reconcile.jobs.running import WindowOutcome
    from reconcile.model.run import Step
    from reconcile.model.window import Window

Fetched = Callable[[int, int], None]
"""Told of bytes and objects that have newly arrived."""


class Follower(Protocol):
    """Is told how a span of windows goes on."""

    def fetched(self, size: int, objects: int) -> None:
        """Bytes and objects have newly arrived."""

    def window(self, window: Window) -> None:
        """A window begins."""

    def step(self, step: Step) -> None:
        """A step of it begins."""

    def outcome(self, outcome: WindowOutcome) -> None:
        """A window is done."""


@contextmanager
def fetching() -> Iterator[Fetched | None]:
    """Shows what is fetched while the block runs; None where nobody watches."""
    if not output.is_watched():
        yield None
        return
    with _moving_line() as line:
        yield _Line(line).fetched


@contextmanager
def following(windows: int) -> Iterator[Follower]:
    """Shows how so many windows go on while the block runs."""
    if not output.is_watched():
        yield _PlainLines(windows)
        return
    with _moving_line() as line:
        yield _Line(line, windows=windows)


class _PlainLines:
    """For logs: one line a window, or where there is only one, one line a step."""

    def __init__(self, windows: int) -> None:
        self._windows = windows
        self._done = 0
        self._window = ""

    def fetched(self, size: int, objects: int) -> None:
        pass

    def window(self, window: Window) -> None:
        self._window = window.name

    def step(self, step: Step) -> None:
        if self._windows == 1 and step != "plan":  # planning takes no time, or fails
            output.say(f"{self._window}: {step}")

    def outcome(self, outcome: WindowOutcome) -> None:
        self._done += 1
        output.say(f"{_words(outcome)} ({self._done} of {counted(self._windows, 'window')})")


class _Line:
    """The line that moves; what is done stays above it."""

    def __init__(self, line: Progress, *, windows: int | None = None) -> None:
        self._line = line
        self._windows = windows
        self._done = 0
        self._size = 0
        self._objects = 0
        self._doing = ""
        self._task = line.add_task("", total=None)

    def fetched(self, size: int, objects: int) -> None:
        self._size += size
        self._objects += objects
        self._draw()

    def window(self, window: Window) -> None:
        self._doing = window.name
        self._draw()

    def step(self, step: Step) -> None:
        self._doing = f"{self._doing.partition(' ')[0]} {step}"
        self._draw()

    def outcome(self, outcome: WindowOutcome) -> None:
        self._done += 1
        output.say(_words(outcome))
        self._draw()

    def _draw(self) -> None:
        parts = [f"{bytes_text(self._size)} in {counted(self._objects, 'object')}"]
        if self._windows is not None:
            parts = [f"{self._done} of {counted(self._windows, 'window')}", self._doing, *parts]
        self._line.update(self._task, description=" · ".join(parts))


def _words(outcome: WindowOutcome) -> str:
    # Why there is none stands below, once all windows are done.
    return f"{outcome.window.name}: {outcome.verdict or 'no verdict'}"


def _moving_line() -> Progress:
    # A tenth of a second that a pipe need not pay.
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
