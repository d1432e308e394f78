"""Requests and answers as values: faults and rules take one and give another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from tests.fault_proxy.operations import Kind, Operation, operation_of

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cut:
    """Where the answer ends before its end.

    Attributes:
        after: So many bytes of the body are sent; None where not even a status line is.
        reset: Whether the connection is reset (RST) rather than closed (FIN).
    """

    after: int | None
    reset: bool


@dataclass(frozen=True)
class Answer:
    """An answer, and where it is cut, if it is.

    `Content-Length` is made from the body, but for answers to HEAD, which tell another's.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    cut: Cut | None = None

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        return _header(self.headers, name)

    def with_headers(self, **changed: str | None) -> Answer:
        """The same with other headers (`_` for `-`); None takes one away."""
        return replace(self, headers=_changed(self.headers, changed))


@dataclass(frozen=True)
class Request:
    """A request, its body decoded from chunks.

    Attributes:
        target: Path and query as they were sent.
        earlier: What was answered last to the same listing; None where nothing was.
        altered: Whether a fault changed what the client has signed.
    """

    kind: Kind
    method: str
    target: str
    headers: Headers
    body: bytes = b""
    earlier: Answer | None = None
    altered: bool = False

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def operation(self) -> Operation:
        """What it asks for."""
        headers = {name.lower(): value for name, value in self.headers}
        path = self.target.partition("?")[0]
        return operation_of(self.kind, self.method, path, self.query, headers)

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        return _header(self.headers, name)

    def with_headers(self, **changed: str | None) -> Request:
        """The same with other headers (`_` for `-`); None takes one away."""
        return replace(self, headers=_changed(self.headers, changed))


Forward = Callable[[Request], Answer]
"""What passes a request on and brings the answer: the server, or the rules before it."""


class ProxyMisused(Exception):
    """The test asked for what the proxy cannot play; raised again where the proxy ends."""


class Refusal(Exception):
    """A rule is broken: status, code and message of the service's error."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def refusal(
    request: Request, status: int, code: str, message: str = "", headers: Headers = ()
) -> Answer:
    """An error as the service spells it."""
    words = f"<Code>{code}</Code><Message>{escape(message or code)}</Message>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{words}</Error>'.encode()
    headers = (("Content-Type", "application/xml"), *headers)
    if request.kind is Kind.BLOB:
        headers = (("x-ms-error-code", code), *headers)
    return Answer(status, headers, b"" if request.method == "HEAD" else body)


def _header(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    return next((value for found, value in headers if found.lower() == wanted), None)


def _changed(headers: Headers, changed: Mapping[str, str | None]) -> Headers:
    new = {name.replace("_", "-"): value for name, value in changed.items()}
    lower = {name.lower() for name in new}
    kept = tuple(pair for pair in headers if pair[0].lower() not in lower)
    return kept + tuple((name, value) for name, value in new.items() if value is not None)
