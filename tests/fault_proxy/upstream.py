"""One exchange with the server beyond, headers as they are, on a connection of its own."""

from __future__ import annotations

import http.client
from contextlib import closing

from tests.fault_proxy.messages import Answer, Headers

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}
_PATIENCE_SECONDS = 60


def exchange(place: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
    """The answer of the server at `place` (host and port), read whole.

    Raises:
        OSError: It does not answer.
        http.client.HTTPException: Its answer is none.
    """
    with closing(http.client.HTTPConnection(place, timeout=_PATIENCE_SECONDS)) as connection:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in _passed(headers):
            connection.putheader(name, value)
        if body or method in ("PUT", "POST"):
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        told = answer.getheader("Content-Length")
        content = answer.read()
        # An answer to HEAD tells the length of a body that is not there.
        length = (("Content-Length", told),) if method == "HEAD" and told else ()
        return Answer(answer.status, _passed(answer.getheaders()) + length, content)


def _passed(headers: Headers | list[tuple[str, str]]) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_CONNECTION)
