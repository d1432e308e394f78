"""A problem of a configuration file: one line that says where, what was found, what belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconcile.config import secrets

Path = tuple[str | int, ...]
_SHOWN = 60
_LONGEST = 400


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        file: The file's name; `rules` for a mapping that came from no file.
        line: From 1; None where there is none.
        where: Path of keys and list positions inside the file.
        found: What is there, never a secret.
        expected: What should be there.
    """

    file: str
    line: int | None
    where: Path
    found: str
    expected: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f" {path_text(self.where)}:" if self.where else ""
        return f"{place}:{where} found {_cut(self.found)}; expected {_cut(self.expected)}"


def path_text(path: Path) -> str:
    """`compare.columns.rules.amount`, `expectations.source[0].severity`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = "…" if secrets.looks_secret(step) else step
            text += f".{word}" if text else word
    return text


def _cut(text: str) -> str:
    """So much of a text as fits on a screen: what a file says may be a megabyte."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def shown(value: object) -> str:
    """A value as a problem shows it: short, containers by their kind, secrets not at all."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return f"the number {value}"[:_SHOWN]
        case str() if secrets.looks_secret(value):
            return secrets.SHOWN
        case str():
            return repr(value) if len(value) <= _SHOWN else repr(value[:_SHOWN]) + "…"
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case _:
            return f"a {type(value).__name__}"
