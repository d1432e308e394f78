"""Foreign text made safe to look at: nothing invisible, nothing that reorders, nothing endless."""

from __future__ import annotations

import unicodedata

_OPEN_BOX = "\u2423"
# Controls (Cc), bidirectional and zero-width marks (Cf), separators (Zl, Zp), surrogates,
# unassigned and private characters, and every space but U+0020 (Zs).
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"})


def visible(text: str) -> str:
    """The text with every character that cannot be seen spelt out.

    An invisible character becomes its code point, `⟨U+202E⟩`; spaces at either end, which are
    easily missed, become `␣`.
    """
    return "".join(visible_characters(text))


def visible_characters(text: str) -> list[str]:
    """As `visible`, one piece for each character of the text."""
    inner = range(len(text) - len(text.lstrip(" ")), len(text.rstrip(" ")))
    return [_OPEN_BOX if c == " " and n not in inner else _seen(c) for n, c in enumerate(text)]


def spelt_out_characters(text: str) -> list[str]:
    """One piece for each character: printable ASCII as it is, all others as code points.

    For two values that differ and look the same (`é` as one code point or as two).
    """
    return [c if c.isascii() and c.isprintable() else _code_point(c) for c in text]


def shortened(text: str, *, limit: int) -> str:
    """At most `limit` characters of the text; a longer one says its length."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text):,} characters)"


def columns_wide(text: str) -> int:
    """Terminal columns the text takes up."""
    return sum(_columns(c) for c in text)


def fitted(text: str, width: int) -> str:
    """The text cut to a number of terminal columns, with `…` where something was cut."""
    if columns_wide(text) <= width:
        return text
    kept, used = [], 1
    for c in text:
        used += _columns(c)
        if used > width:
            break
        kept.append(c)
    return "".join(kept) + "…"


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` terminal columns; a longer word is broken."""
    lines, line = [], ""
    for word in text.split(" "):
        rest = f"{line} {word}" if line else word
        if columns_wide(rest) <= width:
            line = rest
            continue
        if line:
            lines.append(line)
        *full, line = _broken(word, width)
        lines += full
    return [*lines, line]


def _broken(word: str, width: int) -> list[str]:
    pieces, piece = [], ""
    for c in word:
        if piece and columns_wide(piece) + _columns(c) > width:
            pieces.append(piece)
            piece = ""
        piece += c
    return [*pieces, piece]


def _columns(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def _seen(c: str) -> str:
    return c if c == " " or unicodedata.category(c) not in _HIDDEN else _code_point(c)


def _code_point(c: str) -> str:
    return f"⟨U+{ord(c):04X}⟩"
