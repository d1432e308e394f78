"""Reads a statement's file and fills in its identifiers and prepared pieces."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def _environment() -> Environment:
    """Statements are SQL, not HTML: values in them are parameters or prepared SQL."""
    folders = [_PACKAGE / "sql", _PACKAGE.parent / "sql"]
    return Environment(
        loader=FileSystemLoader([str(folder) for folder in folders if folder.is_dir()]),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **pieces: Any) -> str:
    """The statement of `sql/<name>.sql` with its pieces filled in.

    Args:
        name: Path below `sql/`, without the ending.
        pieces: What the statement's header names: identifiers and prepared SQL, never data.
    """
    return _environment().get_template(f"{name}.sql").render(**pieces)
