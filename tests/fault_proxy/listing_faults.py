"""What can go wrong with one page of a listing, of S3 or of Blob Storage."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from tests.fault_proxy.messages import Answer, Forward, ProxyMisused, Request
from tests.fault_proxy.operations import Kind

_ENTRY = {
    Kind.S3: re.compile(rb"<Contents>.*?</Contents>", re.DOTALL),
    Kind.BLOB: re.compile(rb"<Blob>.*?</Blob>", re.DOTALL),
}
_LARGEST_PAGE = {Kind.S3: "max-keys", Kind.BLOB: "maxresults"}


@dataclass(frozen=True)
class StalePage:
    """The page as it was answered last: what was written or deleted since is not seen."""

    def play(self, request: Request, forward: Forward) -> Answer:
        if request.earlier is None:
            raise ProxyMisused("a stale page was to be shown, but this one was never asked for")
        return request.earlier


@dataclass(frozen=True)
class ShortPage:
    """A page with fewer keys than were asked for, and more to come: services may do so."""

    keys: int

    def play(self, request: Request, forward: Forward) -> Answer:
        name = _LARGEST_PAGE[request.kind]
        query = {**request.query, name: str(self.keys)}
        words = "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in query.items())
        target = f"{urlsplit(request.target).path}?{words}"
        return forward(replace(request, target=target, altered=True))


@dataclass(frozen=True)
class MissingKey:
    """The page lacks one of its keys: the one at `index`, from 0."""

    index: int

    def play(self, request: Request, forward: Forward) -> Answer:
        return _entry_times(0, self.index, request, forward(request))


@dataclass(frozen=True)
class DuplicatedKey:
    """The page has one of its keys twice: the one at `index`, from 0."""

    index: int

    def play(self, request: Request, forward: Forward) -> Answer:
        return _entry_times(2, self.index, request, forward(request))


def _entry_times(times: int, index: int, request: Request, answer: Answer) -> Answer:
    entries = list(_ENTRY[request.kind].finditer(answer.body))
    if index >= len(entries):
        raise ProxyMisused(f"key {index} of a page was meant, but it has {len(entries)}")
    start, end = entries[index].span()
    changed = answer.body[:start] + times * answer.body[start:end] + answer.body[end:]
    return replace(answer, body=changed)
