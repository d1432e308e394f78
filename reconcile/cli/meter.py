"""What moves on a terminal: a line, and a bar that fills with objects and bytes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reconcile.report.numbers import bytes_text, counted

if TYPE_CHECKING:
    from rich.progress import Progress


class Meter:
    """A bar that fills with what is done of what is planned. Told from several threads."""

    def __init__(self, bar: Progress) -> None:
        self.word = ""
        self._bar = bar
        self._objects = self._size = 0
        self._objects_done = self._size_done = 0
        self._lock = threading.Lock()
        self._task = bar.add_task("", total=None)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of what was planned."""
        return self._objects_done >= self._objects and self._size_done >= self._size

    def planned(self, objects: int, size: int) -> None:
        """So many more objects, of so many bytes, are to be done."""
        with self._lock:
            self._objects += objects
            self._size += size
            self._draw()

    def done(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes, are newly done with."""
        with self._lock:
            self._objects_done += objects
            self._size_done += size
            self._draw()

    def begin(self, word: str) -> None:
        """Something new is done, of which nothing is planned yet."""
        with self._lock:
            self.word = word
            self._objects = self._size = self._objects_done = self._size_done = 0
            self._bar.remove_task(self._task)  # a task's total cannot be forgotten
            self._task = self._bar.add_task("", total=None)
            self._draw()

    def doing(self, word: str) -> None:
        """The same is still done, under another word."""
        with self._lock:
            self.word = word
            self._draw()

    def _parts(self) -> list[str]:
        """What stands beside the bar; a narrow terminal cuts the last ones."""
        parts = []
        if self._objects:
            parts += [
                f"{self._objects_done:,} of {counted(self._objects, 'object')}",
                f"{bytes_text(self._size_done)} of {bytes_text(self._size)}",
            ]
        return [*parts, self.word]

    def _draw(self) -> None:
        self._bar.update(
            self._task,
            description=" · ".join(self._parts()),
            total=self._size or None,
            completed=self._size_done,
        )


def moving_line() -> Progress:
    """A line that moves, with a text and the time."""
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


def filling_bar() -> Progress:
    """A bar that fills, with a text, the speed and the time that is left."""
    # As above.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.table import Column

    the_rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=the_rest),
        BarColumn(bar_width=16),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=Console(stderr=True),
        expand=True,
        transient=True,
    )
