"""What can go wrong with one request, each as a value that a script holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.fault_proxy.messages import (
    Answer,
    Cut,
    Forward,
    Headers,
    ProxyMisused,
    Request,
    refusal,
)
from tests.fault_proxy.operations import Kind

# Refused: nothing of these is passed on.


@dataclass(frozen=True)
class Refused:
    """An error of the service's, nothing done."""

    status: int
    code: str
    message: str = ""
    headers: Headers = ()

    def play(self, request: Request, forward: Forward) -> Answer:
        return refusal(request, self.status, self.code, self.message, self.headers)


@dataclass(frozen=True)
class SlowDown:
    """503: fewer requests, please. `retry_after` in seconds is told unless it is None."""

    retry_after: int | None = None

    def play(self, request: Request, forward: Forward) -> Answer:
        told = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        code = "SlowDown" if request.kind is Kind.S3 else "ServerBusy"
        return refusal(request, 503, code, headers=told)


@dataclass(frozen=True)
class ExpiredCredentials:
    """What worked so far does not any more: S3's ExpiredToken, Blob's AuthenticationFailed."""

    def play(self, request: Request, forward: Forward) -> Answer:
        if request.kind is Kind.S3:
            return refusal(request, 400, "ExpiredToken", "The provided token has expired.")
        return refusal(
            request, 403, "AuthenticationFailed", "Signature not valid in the time frame"
        )


@dataclass(frozen=True)
class ClockSkew:
    """The client's clock is said to be wrong."""

    def play(self, request: Request, forward: Forward) -> Answer:
        if request.kind is Kind.S3:
            return refusal(request, 403, "RequestTimeTooSkewed")
        return refusal(request, 403, "AuthenticationFailed", "The Date header is too old")


@dataclass(frozen=True)
class Conflict:
    """Another conditional write of the same key is on its way: S3's retryable 409."""

    def play(self, request: Request, forward: Forward) -> Answer:
        return refusal(request, 409, "ConditionalRequestConflict")


@dataclass(frozen=True)
class CannotVerifyCopySource:
    """The service will not fetch from the address that it was given (404, or 403)."""

    status: int = 404

    def play(self, request: Request, forward: Forward) -> Answer:
        return refusal(request, self.status, "CannotVerifyCopySource")


@dataclass(frozen=True)
class Dead:
    """The connection is reset without an answer, nothing done."""

    def play(self, request: Request, forward: Forward) -> Answer:
        return Answer(0, cut=Cut(after=None, reset=True))


# Done, but told wrongly.


@dataclass(frozen=True)
class FailsAfterwards:
    """The work is done and the answer says that it was not; what is refused stays refused."""

    status: int = 500
    code: str = "InternalError"

    def play(self, request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        return answer if answer.status >= 300 else refusal(request, self.status, self.code)


@dataclass(frozen=True)
class ErrorInside:
    """200, with an error as its body (S3's Complete and Copy). `done`: whether the work was."""

    done: bool
    code: str = "InternalError"

    def play(self, request: Request, forward: Forward) -> Answer:
        if request.kind is not Kind.S3:
            raise ProxyMisused("only S3 answers 200 with an error inside")
        if self.done and (answer := forward(request)).status >= 300:
            return answer
        return replace(refusal(request, 500, self.code), status=200)


@dataclass(frozen=True)
class Lost:
    """The work is done and the connection reset without an answer."""

    def play(self, request: Request, forward: Forward) -> Answer:
        return replace(forward(request), cut=Cut(after=None, reset=True))


@dataclass(frozen=True)
class Reset:
    """The connection is reset after so many bytes of the answer's body."""

    after: int

    def play(self, request: Request, forward: Forward) -> Answer:
        return _cut(forward(request), Cut(self.after, reset=True))


@dataclass(frozen=True)
class Truncated:
    """The body ends after so many bytes, whatever Content-Length says."""

    after: int

    def play(self, request: Request, forward: Forward) -> Answer:
        return _cut(forward(request), Cut(self.after, reset=False))


# Bytes that change on the way.


@dataclass(frozen=True)
class FlippedOnTheWayIn:
    """One bit of the request's body is another when it arrives."""

    at: int = 0

    def play(self, request: Request, forward: Forward) -> Answer:
        return forward(replace(request, body=_flipped(request.body, self.at)))


@dataclass(frozen=True)
class FlippedOnTheWayOut:
    """One bit of the answer's body is another when it arrives."""

    at: int = 0

    def play(self, request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        return replace(answer, body=_flipped(answer.body, self.at))


# What somebody else does meanwhile.


@dataclass(frozen=True)
class Before:
    """Something happens before the request is passed on: a source is replaced, say."""

    happens: Callable[[], object]

    def play(self, request: Request, forward: Forward) -> Answer:
        self.happens()
        return forward(request)


@dataclass(frozen=True)
class After:
    """Something happens after the work was done and before the client is told."""

    happens: Callable[[], object]

    def play(self, request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        self.happens()
        return answer


def _cut(answer: Answer, cut: Cut) -> Answer:
    if cut.after is None or cut.after >= len(answer.body):
        raise ProxyMisused(f"cut after {cut.after} bytes, but the body has {len(answer.body)}")
    return replace(answer, cut=cut)


def _flipped(data: bytes, at: int) -> bytes:
    if at >= len(data):
        raise ProxyMisused(f"a bit of byte {at} was to be flipped, but there are {len(data)} bytes")
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
