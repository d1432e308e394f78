"""A partition: the path of one window below a side's location, rendered from a template."""

from __future__ import annotations

import re
from string import Formatter

from reconcile.errors import BadInput
from reconcile.model.window import Grain, Window

_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "j": 3}
_MEANS = {"Y": {"year"}, "m": {"month"}, "d": {"day"}, "H": {"hour"}, "j": {"month", "day"}}
_NEEDED = {
    Grain.MONTH: {"year", "month"},
    Grain.DAY: {"year", "month", "day"},
    Grain.HOUR: {"year", "month", "day", "hour"},
}
_EXAMPLE = "flight_date={window:%Y-%m-%d}"


def partition_path(template: str | None, window: Window) -> str:
    """The path of a window below a location, `/` between parts; empty without a template.

    `{window}` is the window's name; `{window:%Y-%m-%d}` its calendar reading, of which
    `%Y`, `%m`, `%d`, `%H`, `%j` and `%%` are understood.

    Raises:
        BadInput: The template is not one that `check_partition` accepts for the window's grain.
    """
    if template is None:
        return ""
    check_partition(template, window.grain)
    return _render(template, window)


def check_partition(template: str, grain: Grain) -> None:
    """Refuses a template whose paths could leave the location or be those of two windows.

    Raises:
        BadInput: An unknown placeholder, a part `..`, an absolute or empty path, a pattern, or
            a template that leaves out part of the window.
    """
    named: set[str] = set()
    for literal, field, form, conversion in _parts(template):
        _check_literal(literal, template)
        if field is None:
            continue
        if field != "window" or conversion is not None:
            raise _refused(template, "{" + field + "}", "only the placeholder {window:…}")
        named |= _named(form, template) if form else _NEEDED[Grain.HOUR]
    if missing := sorted(_NEEDED[grain] - named):
        raise _refused(
            template,
            f"nothing for the {' and '.join(missing)}",
            f"a path for every {grain.value} alone, such as {_EXAMPLE}",
        )
    if template.startswith("/") or any(p in ("", ".", "..") for p in template.split("/")):
        raise _refused(template, "an absolute path, an empty part, `.` or `..`", "a plain path")


def _parts(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(template))
    except ValueError as error:
        raise _refused(template, f"a template that does not parse ({error})", _EXAMPLE) from error


def _check_literal(literal: str, template: str) -> None:
    if wrong := [c for c in literal if c in "*?[]\\" or not c.isprintable()]:
        raise _refused(template, repr(wrong[0]), "a plain path: no patterns, no backslash")


def _named(form: str, template: str) -> set[str]:
    named: set[str] = set()
    for letter in _DIRECTIVE.findall(form):
        if letter != "%" and letter not in _WIDTHS:
            raise _refused(template, f"%{letter}", "%Y, %m, %d, %H, %j or %%")
        named |= _MEANS.get(letter, set())
    _check_literal(form, template)
    return named


def _render(template: str, window: Window) -> str:
    reading = window.local_start
    values = {
        "Y": reading.year,
        "m": reading.month,
        "d": reading.day,
        "H": reading.hour,
        "j": reading.timetuple().tm_yday,
    }

    def value(found: re.Match[str]) -> str:
        letter = found.group(1)
        return "%" if letter == "%" else f"{values[letter]:0{_WIDTHS[letter]}d}"

    pieces = []
    for literal, field, form, _ in _parts(template):
        pieces.append(literal)
        if field is not None:
            pieces.append(_DIRECTIVE.sub(value, form) if form else window.name)
    return "".join(pieces)


def _refused(template: str, found: str, expected: str) -> BadInput:
    return BadInput(f"partition template {template!r}", found=found, expected=expected)
