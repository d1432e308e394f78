"""What every answer is sent with: nothing of it runs, is kept, or is shown elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import Response

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_ALWAYS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}


def html(text: str, *, status: int = 200) -> Response:
    """A page. It may use the style sheet that it holds, and nothing else in the world."""
    return _answer(text, "text/html", status)


def json(text: str) -> Response:
    """A JSON document."""
    return _answer(text, "application/json", 200)


def _answer(text: str, media_type: str, status: int) -> Response:
    sent = {**_ALWAYS, "Content-Security-Policy": _policy(text)}
    return Response(text, status_code=status, media_type=media_type, headers=sent)


def _policy(text: str) -> str:
    """Allows the page's own style sheet by its hash.

    It is the page's first one, in its head. What data say comes later and is escaped besides, so
    that no style sheet of theirs is ever allowed. The hash is taken from the page and not from
    this program's style sheet: a report may have been written by an earlier version.
    """
    sheet = _STYLE.search(text)
    style = f"'sha256-{_sha256(sheet.group(1))}'" if sheet else "'none'"
    return (
        f"default-src 'none'; style-src {style}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
