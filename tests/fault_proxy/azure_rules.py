"""What Azurite leaves out: Put Block From URL of an address that is not its own.

Everything else of Blob Storage is passed on as it is; Azurite verifies it.
"""

from __future__ import annotations

import http.client
from dataclasses import replace
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy

from tests.fault_proxy.checksums import blob_crc64, md5
from tests.fault_proxy.log import SERVICE_AGENT
from tests.fault_proxy.messages import Answer, Forward, Headers, Request, refusal
from tests.fault_proxy.upstream import exchange

LONGEST_ADDRESS = 2048
"""Of a copy's source, in characters."""

_OF_THE_SOURCE = {
    "x-ms-copy-source",
    "x-ms-source-range",
    "x-ms-source-if-match",
    "x-ms-source-if-none-match",
    "x-ms-source-content-crc64",
    "x-ms-source-content-md5",
    "content-length",
    "authorization",
}


class AzureRules:
    """Passes on to Azurite, signing anew what had to be changed, and fetches for it.

    Args:
        forward: What leads to Azurite.
        account: Its account.
        key: The account's key.
        source_conditions: Whether `x-ms-source-if-match` reaches a source that is no Blob
            Storage. It is not documented whether the real service does so.
    """

    def __init__(
        self, forward: Forward, *, account: str, key: str, source_conditions: bool
    ) -> None:
        self._forward = forward
        self._policy = SharedKeyCredentialPolicy(account, key)
        self._source_conditions = source_conditions

    def __call__(self, request: Request) -> Answer:
        """The answer to a request."""
        if request.operation.name == "PutBlockFromURL" and not self._is_own(request):
            return self._put_block_from_url(request)
        return self._forward(self._signed(request) if request.altered else request)

    def _is_own(self, request: Request) -> bool:
        return urlsplit(request.header("x-ms-copy-source") or "").netloc == request.header("Host")

    def _put_block_from_url(self, request: Request) -> Answer:
        signature = request.header("Authorization")
        if signature is not None and signature != self._signed(request).header("Authorization"):
            return refusal(request, 403, "AuthenticationFailed")
        address = request.header("x-ms-copy-source") or ""
        if len(address) > LONGEST_ADDRESS:
            return refusal(request, 400, "InvalidHeaderValue", "x-ms-copy-source is too long")
        try:
            source = self._fetched(address, request)
        except (OSError, http.client.HTTPException):
            return refusal(request, 404, "CannotVerifyCopySource", "The source does not answer")
        if source.status not in (200, 206):
            code = "SourceConditionNotMet" if source.status == 412 else "CannotVerifyCopySource"
            told = (("x-ms-copy-source-status-code", str(source.status)),)
            return refusal(request, source.status, code, headers=told)
        if (wrong := _wrong_checksum(request, source.body)) is not None:
            return refusal(request, 400, wrong)
        return self._staged(request, source.body)

    def _fetched(self, address: str, request: Request) -> Answer:
        where = urlsplit(address)
        asked = {"Host": where.netloc, "User-Agent": SERVICE_AGENT}
        if (span := request.header("x-ms-source-range")) is not None:
            asked["Range"] = span
        condition = request.header("x-ms-source-if-match")
        if condition is not None and self._source_conditions:
            asked["If-Match"] = condition
        target = f"{where.path}?{where.query}" if where.query else where.path
        return exchange(where.netloc, "GET", target, tuple(asked.items()), b"")

    def _staged(self, request: Request, data: bytes) -> Answer:
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in _OF_THE_SOURCE)
        told: Headers = (
            ("Content-Length", str(len(data))),
            ("x-ms-content-crc64", blob_crc64(data)),
        )
        block = replace(request, headers=kept + told, body=data)
        answer = self._forward(self._signed(block) if request.header("Authorization") else block)
        return answer.with_headers(x_ms_content_crc64=blob_crc64(data))

    def _signed(self, request: Request) -> Request:
        headers = {name: value for name, value in request.headers if name != "Authorization"}
        # The host is no part of what is signed.
        asked = HttpRequest(request.method, f"http://emulator{request.target}", headers=headers)
        self._policy.on_request(PipelineRequest(asked, PipelineContext(None)))
        return request.with_headers(Authorization=asked.headers["Authorization"])


def _wrong_checksum(request: Request, data: bytes) -> str | None:
    if request.header("x-ms-source-content-crc64") not in (None, blob_crc64(data)):
        return "Crc64Mismatch"
    if request.header("x-ms-source-content-md5") not in (None, md5(data)):
        return "Md5Mismatch"
    return None
