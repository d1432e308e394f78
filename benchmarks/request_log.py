"""What was asked of a server, from the log that it writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

# As both write it: 127.0.0.1 - - [22/Nov/2026 20:00:00] "GET /lake?list-type=2 HTTP/1.1" 200 -
_LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[\d.]+" (?P<status>\d{3})')
_PARTITION = re.compile(r"day=\d{4}-\d\d-\d\d")

_ABOUT = {"comp", "restype", "acl", "attributes", "location", "tagging", "uploads", "versioning"}
"""Words of a query that ask about an object, a container or an account, not for bytes."""


class Asked(StrEnum):
    """What a request is for."""

    LISTING = "listing"
    HEAD = "HEAD"
    DATA = "data GET"
    OTHER = "other"


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        asked: What it is for.
        partition: The day partition that it names, None where it names none.
    """

    asked: Asked
    partition: str | None


def parsed(line: str) -> Request | None:
    """The request of a line of a log, None where the line tells of none."""
    found = _LINE.search(line)
    if found is None:
        return None
    parts = urlsplit(found["target"])
    named = _PARTITION.search(unquote(found["target"]))
    query = parse_qs(parts.query, keep_blank_values=True)
    return Request(_asked(found["method"], query), named[0] if named else None)


def _asked(method: str, query: dict[str, list[str]]) -> Asked:
    if method == "HEAD":
        return Asked.HEAD
    if method != "GET":
        return Asked.OTHER
    if "list-type" in query or query.get("comp") == ["list"]:
        return Asked.LISTING
    return Asked.OTHER if _ABOUT & query.keys() else Asked.DATA


class RequestLog:
    """A server's log, read on from where it was read last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def news(self) -> Sequence[Request]:
        """The requests since the last time."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        lines = whole.decode(errors="replace").splitlines()
        return [request for line in lines if (request := parsed(line)) is not None]
