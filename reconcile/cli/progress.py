"""Progress: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from reconcile.cli import output
from reconcile.cli.meter import Meter, filling_bar, moving_line
from reconcile.report.numbers import bytes_text, counted

if TYPE_CHECKING:
    from rich.progress import Progress

    from reconcile.jobs.running import WindowOutcome
    from reconcile.jobs.syncing import SyncOutcome
    from reconcile.model.run import Step, SyncStep
    from reconcile.model.window import Window

Outcome = TypeVar("Outcome")
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


class SyncFollower(Protocol):
    """Is told how the sync of a span of windows goes on."""

    def planned(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes, are now to be copied or proven."""

    def copied(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes, are newly done with. Told from several threads."""

    def window(self, window: Window) -> None:
        """A window begins."""

    def step(self, step: SyncStep) -> None:
        """A step of it begins."""

    def outcome(self, outcome: SyncOutcome) -> None:
        """A window is done."""


class WorkFollower(Protocol):
    """Is told how work goes on that has steps, objects and bytes. Told from several threads."""

    def step(self, word: str) -> None:
        """What is done from now on."""

    def planned(self, objects: int, size: int) -> None:
        """So many more objects, of so many bytes, are to be done."""

    def done(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes, are newly done with."""


@contextmanager
def fetching() -> Iterator[Fetched | None]:
    """Shows what is fetched while the block runs; None where nobody watches."""
    if not output.is_watched():
        yield None
        return
    with moving_line() as line:
        yield _Line(line).fetched


@contextmanager
def following(windows: int) -> Iterator[Follower]:
    """Shows how so many windows go on while the block runs."""
    if not output.is_watched():
        yield _PlainLines(windows, _verdict)
        return
    with moving_line() as line:
        yield _Line(line, windows=windows)


@contextmanager
def working() -> Iterator[WorkFollower]:
    """Shows how work on snapshots goes on while the block runs."""
    if not output.is_watched():
        yield _PlainWork()
        return
    with filling_bar() as bar:
        yield _Work(bar)


@contextmanager
def syncing(windows: int) -> Iterator[SyncFollower]:
    """Shows how the sync of so many windows goes on while the block runs."""
    if not output.is_watched():
        yield _PlainLines(windows, _state)
        return
    with filling_bar() as bar:
        yield _Bar(bar, windows)


class _PlainLines(Generic[Outcome]):
    """For logs: one line a window, or where there is only one, one line a step."""

    def __init__(self, windows: int, words: Callable[[Outcome], str]) -> None:
        self._windows = windows
        self._words = words
        self._done = 0
        self._window = ""

    def fetched(self, size: int, objects: int) -> None:
        pass

    def planned(self, objects: int, size: int) -> None:
        pass

    def copied(self, objects: int, size: int) -> None:
        pass

    def window(self, window: Window) -> None:
        self._window = window.name

    def step(self, step: Step | SyncStep) -> None:
        if self._windows == 1 and step != "plan":  # planning takes no time, or fails
            output.say(f"{self._window}: {step}")

    def outcome(self, outcome: Outcome) -> None:
        self._done += 1
        output.say(f"{self._words(outcome)} ({self._done} of {counted(self._windows, 'window')})")


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
        output.say(_verdict(outcome))
        self._draw()

    def _draw(self) -> None:
        parts = [f"{bytes_text(self._size)} in {counted(self._objects, 'object')}"]
        if self._windows is not None:
            parts = [f"{self._done} of {counted(self._windows, 'window')}", self._doing, *parts]
        self._line.update(self._task, description=" · ".join(parts))


class _Bar(Meter):
    """The bar of a sync: it fills with the bytes of one window after the other."""

    def __init__(self, bar: Progress, windows: int) -> None:
        super().__init__(bar)
        self._windows = windows
        self._ended = 0

    def copied(self, objects: int, size: int) -> None:
        self.done(objects, size)

    def window(self, window: Window) -> None:
        self.begin(window.name)

    def step(self, step: SyncStep) -> None:
        self.doing(f"{self.word.partition(' ')[0]} {step}")

    def outcome(self, outcome: SyncOutcome) -> None:
        output.say(_state(outcome))
        with self._lock:
            self._ended += 1
            self._draw()

    def _parts(self) -> list[str]:
        parts = super()._parts()
        if self._windows > 1:
            parts.append(f"{self._ended} of {counted(self._windows, 'window')}")
        return parts


class _Work(Meter):
    """The bar of work on snapshots: a step begins anew once all that was planned is done."""

    def step(self, word: str) -> None:
        if self.is_done:
            self.begin(word)
        else:
            self.doing(word)


class _PlainWork:
    """For logs: one line a step."""

    def __init__(self) -> None:
        self._word = ""

    def planned(self, objects: int, size: int) -> None:
        pass

    def done(self, objects: int, size: int) -> None:
        pass

    def step(self, word: str) -> None:
        if word != self._word:
            self._word = word
            output.say(word)


def _verdict(outcome: WindowOutcome) -> str:
    # Why there is none stands below, once all windows are done.
    return f"{outcome.window.name}: {outcome.verdict or 'no verdict'}"


def _state(outcome: SyncOutcome) -> str:
    return f"{outcome.window.name}: {outcome.state or 'not known'}"
