"""A page: one HTML document that needs nothing beside it and runs nothing.

It holds no script and asks for no other file, and says so in its own Content-Security-Policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reconcile.report import numbers
from reconcile.report.printable import shortened, visible

_LONGEST_NAME = 300
_LEAST_SEGMENT = 0.5


@dataclass(frozen=True)
class Segment:
    """A piece of a horizontal bar, in percent of its length."""

    name: str
    start: float
    width: float


def segments(parts: Sequence[tuple[str, int]]) -> tuple[Segment, ...]:
    """A bar of the parts; one that is not zero is never too thin to see."""
    present = [(name, count) for name, count in parts if count]
    whole = sum(count for _, count in present)
    widths = [max(100 * count / whole, _LEAST_SEGMENT) for _, count in present]
    scale = 100 / sum(widths, start=0.0) if widths else 1.0
    placed, start = [], 0.0
    for (name, _), width in zip(present, widths, strict=True):
        placed.append(Segment(name, round(start, 3), round(width * scale, 3)))
        start += width * scale
    return tuple(placed)


def environment(**vocabulary: Any) -> Environment:
    """What makes pages of templates: foreign text is escaped, and shown as it is.

    Args:
        vocabulary: The pure functions that the templates may ask, by name.
    """
    made = Environment(
        loader=PackageLoader("reconcile.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "seen": _seen,
        "prose": _prose,
        "advice": _advice,
        "count": numbers.count_text,
        "bytes": numbers.bytes_text,
        "seconds": numbers.seconds_text,
        "instant": numbers.instant_text,
    }
    made.globals |= {"numbers": numbers, "segments": segments, **vocabulary}
    return made


def _seen(text: object) -> str:
    return shortened(visible(str(text)), limit=_LONGEST_NAME)


def _prose(text: str) -> str:
    """As `_seen`, keeping a number and its percent sign on one line."""
    return _seen(text).replace(" %", "\u00a0%")


def _advice(text: str) -> Markup:
    """As `_prose`, with what stands between backquotes as what is to be typed."""
    pieces = [escape(piece) for piece in _prose(text).split("`")]
    typed = Markup("<code>{}</code>")
    return Markup("").join(
        typed.format(piece) if place % 2 else piece for place, piece in enumerate(pieces)
    )
