"""The proxy: what comes in meets the script, then the service's rules, then the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from demo.servers import BlobEndpoint, S3Endpoint
from tests.fault_proxy.azure_rules import AzureRules
from tests.fault_proxy.log import Entry, Log
from tests.fault_proxy.messages import Answer, Forward, Headers, ProxyMisused, Request, refusal
from tests.fault_proxy.operations import LISTINGS, Kind
from tests.fault_proxy.s3_rules import S3Rules
from tests.fault_proxy.script import Script
from tests.fault_proxy.server import listening
from tests.fault_proxy.upstream import exchange

Endpoint = TypeVar("Endpoint", S3Endpoint, BlobEndpoint)


class FaultProxy(Generic[Endpoint]):
    """A proxy that runs.

    Attributes:
        endpoint: How clients reach it: the emulator's own endpoint, but for the address.
        script: What goes wrong.
        log: What passed.
        clock: Tells the time by which signed addresses end; a test may turn it.
    """

    def __init__(self, beyond: Endpoint, *, source_conditions: bool) -> None:
        self.endpoint: Endpoint = beyond
        self.script = Script()
        self.log = Log()
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._place = urlsplit(beyond.url).netloc
        self._kind = Kind.S3 if isinstance(beyond, S3Endpoint) else Kind.BLOB
        self._rules = self._rules_of(beyond, source_conditions)
        self._pages: dict[str, Answer] = {}
        self._errors: list[BaseException] = []

    @property
    def url(self) -> str:
        """Where it listens, as the endpoint of a client."""
        return self.endpoint.url

    def answer(self, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        """The answer to a request, written to the log."""
        request = Request(self._kind, method, target, headers, body, self._pages.get(target))
        try:
            answer = self.script.play(request, self._remembering(target))
        except Exception as error:
            self.failed(error)
            answer = refusal(request, 500, type(error).__name__, str(error))
        self.log.append(_entry(request, answer))
        return answer

    def failed(self, error: BaseException) -> None:
        """Keeps what went wrong in a thread until the end of the block, where it is raised."""
        self._errors.append(error)

    def raise_what_failed(self) -> None:
        """Raises what went wrong in the proxy itself, and for faults that were never met."""
        if self._errors:
            raise self._errors[0]
        if unused := self.script.unused():
            raise ProxyMisused(f"no request ever met {unused}")

    def _remembering(self, target: str) -> Forward:
        def forward(request: Request) -> Answer:
            answer = self._rules(request)
            if request.operation.name in LISTINGS and answer.status == 200:
                self._pages[target] = answer
            return answer

        return forward

    def _rules_of(self, beyond: S3Endpoint | BlobEndpoint, source_conditions: bool) -> Forward:
        if isinstance(beyond, S3Endpoint):
            return S3Rules(self._passed_on, clock=self._now)
        return AzureRules(
            self._passed_on,
            account=beyond.account,
            key=beyond.key,
            source_conditions=source_conditions,
        )

    def _now(self) -> datetime:
        return self.clock()

    def _passed_on(self, request: Request) -> Answer:
        return exchange(self._place, request.method, request.target, request.headers, request.body)


@contextmanager
def fault_proxy(
    beyond: Endpoint, *, source_conditions: bool = True
) -> Iterator[FaultProxy[Endpoint]]:
    """A proxy before an emulator, for the length of the block.

    Args:
        beyond: The emulator: moto, or Azurite.
        source_conditions: Whether Blob Storage passes `x-ms-source-if-match` on to a source that
            is S3; of the real service it is not known.

    Raises:
        ProxyMisused: A fault was never met, or could not be played.
    """
    proxy = FaultProxy(beyond, source_conditions=source_conditions)
    with listening(proxy.answer, failed=proxy.failed) as url:
        proxy.endpoint = replace(beyond, url=url + urlsplit(beyond.url).path)
        yield proxy
    proxy.raise_what_failed()


def _entry(request: Request, answer: Answer) -> Entry:
    cut, found = answer.cut, request.operation
    body = b"" if request.method == "HEAD" else answer.body
    unanswered = cut is not None and cut.after is None
    return Entry(
        operation=found.name,
        container=found.container,
        key=found.key,
        bytes_in=len(request.body),
        bytes_out=0 if unanswered else len(body if cut is None else body[: cut.after]),
        status=None if unanswered else answer.status,
        agent=request.header("User-Agent") or "",
    )
