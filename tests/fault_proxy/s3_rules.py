"""What S3 enforces and moto does not: checksums, conditions, uploads that are, signed addresses."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.fault_proxy.messages import Answer, Forward, Refusal, Request, refusal
from tests.fault_proxy.s3_bodies import plain, require_checksums, with_algorithm
from tests.fault_proxy.s3_uploads import OWN_NAME, Uploads

_WRITES = {"PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject"}
_OF_UPLOADS = {"UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload"}


class S3Rules:
    """Refuses what S3 refuses and passes the rest on to moto.

    Args:
        forward: What leads to moto.
        clock: Tells the time by which signed addresses end.
    """

    def __init__(self, forward: Forward, *, clock: Callable[[], datetime]) -> None:
        self._forward = forward
        self._clock = clock
        self._uploads = Uploads(forward)
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        """The answer to a request."""
        try:
            return self._answer(plain(request))
        except Refusal as broken:
            return refusal(request, broken.status, broken.code, broken.message)

    def _answer(self, request: Request) -> Answer:
        _require_unexpired(request, self._clock())
        name = request.operation.name
        if name in _OF_UPLOADS:
            self._uploads.require(request)
        if name in ("PutObject", "UploadPart"):
            require_checksums(request)
        if name in _WRITES:
            return self._written(request)
        match name:
            case "CreateMultipartUpload":
                return self._uploads.begin(request)
            case "UploadPart":
                return self._uploads.put_part(with_algorithm(request), request.body)
            case "UploadPartCopy":
                return self._part_copied(request)
            case "AbortMultipartUpload":
                self._uploads.forget(request)
        return self._forward(request)

    def _written(self, request: Request) -> Answer:
        """A write of a key, with no other between what it asks for and what it does."""
        copied = request.operation.name == "CopyObject"
        keys = {_key_of(request.target)} | ({_key_of(_source(request))} if copied else set())
        with self._held(keys):
            if copied:
                self._require_source(request)
            self._require_conditions(request)
            request = request.with_headers(If_Match=None, If_None_Match=None)  # they are judged
            if request.operation.name != "CompleteMultipartUpload":
                return self._forward(with_algorithm(request))
            # Another may have completed it while this one waited.
            self._uploads.require(request)
            self._uploads.require_whole(request)
            answer = self._forward(request)
            if answer.status == 200:
                self._uploads.forget(request)
            return answer

    def _part_copied(self, request: Request) -> Answer:
        source = _source(request)
        with self._held({_key_of(source)}):
            self._require_source(request)
            span = request.header("x-amz-copy-source-range")
            ranged = () if span is None else (("Range", span),)
            data = self._asked(request, "GET", source, ranged)
            if data.status not in (200, 206):
                raise Refusal(404, "NoSuchKey")
            return self._uploads.put_part(request, data.body)

    def _require_conditions(self, request: Request) -> None:
        if_match, if_none_match = request.header("If-Match"), request.header("If-None-Match")
        if if_match is None and if_none_match is None:
            return
        if if_none_match not in (None, "*"):
            raise Refusal(501, "NotImplemented", "of a write, If-None-Match is * or nothing")
        there = self._tag(request, request.target.partition("?")[0])
        if if_none_match is not None and there is not None:
            raise Refusal(412, "PreconditionFailed", "If-None-Match")
        if if_match is None:
            return
        if there is None:
            raise Refusal(404, "NoSuchKey")
        if if_match.strip('"') not in ("*", there):
            raise Refusal(412, "PreconditionFailed", "If-Match")

    def _require_source(self, request: Request) -> None:
        wanted = request.header("x-amz-copy-source-if-match")
        unwanted = request.header("x-amz-copy-source-if-none-match")
        if wanted is None and unwanted is None:
            return
        there = self._tag(request, _source(request))
        if there is None:
            raise Refusal(404, "NoSuchKey")
        if wanted is not None and wanted.strip('"') != there:
            raise Refusal(412, "PreconditionFailed", "x-amz-copy-source-If-Match")
        if unwanted is not None and unwanted.strip('"') == there:
            raise Refusal(412, "PreconditionFailed", "x-amz-copy-source-If-None-Match")

    def _tag(self, request: Request, target: str) -> str | None:
        answer = self._asked(request, "HEAD", target)
        return (answer.header("ETag") or "").strip('"') if answer.status == 200 else None

    def _asked(
        self,
        request: Request,
        method: str,
        target: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Answer:
        named = ("Host", request.header("Host") or ""), ("Authorization", OWN_NAME)
        return self._forward(Request(request.kind, method, target, (*named, *headers)))

    @contextmanager
    def _held(self, keys: set[tuple[str, str]]) -> Iterator[None]:
        with ExitStack() as held:
            for key in sorted(keys):
                with self._guard:
                    lock = self._locks[key]
                held.enter_context(lock)
            yield


def _source(request: Request) -> str:
    """The target by which a copy's source is asked for."""
    told = request.header("x-amz-copy-source") or ""
    path, _, version = told.partition("?versionId=")
    target = "/" + quote(unquote(path).removeprefix("/"))
    return f"{target}?versionId={version}" if version else target


def _key_of(target: str) -> tuple[str, str]:
    bucket, _, key = unquote(target.partition("?")[0]).removeprefix("/").partition("/")
    return bucket, key


def _require_unexpired(request: Request, now: datetime) -> None:
    query = parse_qs(urlsplit(request.target).query)
    if "X-Amz-Signature" in query:
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        end = signed + timedelta(seconds=int(query["X-Amz-Expires"][0]))
    elif "Signature" in query and "Expires" in query:
        end = datetime.fromtimestamp(int(query["Expires"][0]), UTC)
    else:
        return
    if now >= end:
        raise Refusal(403, "AccessDenied", "Request has expired")
