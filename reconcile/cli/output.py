"""Where words go: results to standard output, everything else to standard error.

A terminal gets colour, a pipe does not; `NO_COLOR` is obeyed (by rich, which knows how).
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from io import TextIOWrapper
from typing import Any, TextIO

import typer

_BROKEN_PIPE = 141
"""128 + SIGPIPE: what a shell shows of a program whose reader has left."""

_VERDICTS = (
    r"(?P<good>\bmatched\b|✓)|(?P<middling>\bwithin[_ ]threshold\b|≈)"
    r"|(?P<bad>\bbreached\b|✗)|(?P<unknown>\bindeterminate\b)"
)
_STYLES = {
    "verdict.good": "green",
    "verdict.middling": "yellow",
    "verdict.bad": "bold red",
    "verdict.unknown": "bold magenta",
    "failed": "bold red",
}


def accept_any_text() -> None:
    """Names and values hold characters that a stream may not be able to encode."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show(text: str) -> None:
    """Writes a result for people, verdicts coloured on a terminal.

    Raises:
        typer.Exit: Whoever was reading has left.
    """
    _write(sys.stdout, text)


def show_document(text: str) -> None:
    """Writes a result for programs, as it is. Raises as `show`."""
    _write(sys.stdout, text, coloured=False)


def show_json(document: Any) -> None:
    """Writes a result as one JSON document. Raises as `show`."""
    show_document(as_json(document))


def as_json(document: Any) -> str:
    """The text of one JSON document; instants are ISO 8601."""
    return json.dumps(document, indent=2, default=datetime.isoformat) + "\n"


def say(line: str) -> None:
    """Writes a line that is no result: what goes on, what was decided."""
    _write(sys.stderr, line + "\n")


def complain(line: str) -> None:
    """Writes a line about something wrong."""
    if _is_terminal(sys.stderr):
        from rich.text import Text

        _console(sys.stderr).print(Text.assemble(("error: ", "failed"), line), soft_wrap=True)
    else:
        _write(sys.stderr, f"error: {line}\n")


def is_watched() -> bool:
    """Whether somebody at a terminal sees standard error, and progress on it."""
    return _is_terminal(sys.stderr)


def _write(stream: TextIO, text: str, *, coloured: bool = True) -> None:
    try:
        if coloured and _is_terminal(stream):
            _console(stream).print(text, end="", markup=False, emoji=False, soft_wrap=True)
        else:
            stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The interpreter flushes once more when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise typer.Exit(_BROKEN_PIPE) from None


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _console(stream: TextIO) -> Any:
    # A tenth of a second that a pipe need not pay.
    from rich.console import Console
    from rich.highlighter import RegexHighlighter
    from rich.theme import Theme

    class Verdicts(RegexHighlighter):
        base_style = "verdict."
        highlights = [f"(?i){_VERDICTS}"]  # noqa: RUF012 - as the base class has it

    return Console(file=stream, theme=Theme(_STYLES), highlighter=Verdicts())
