"""The errors of boto3 as ours: the only place that knows their codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions as boto

from reconcile.errors import (
    AccessDenied,
    BadInput,
    NotFound,
    ReconcileError,
    Throttled,
    Transient,
    Unanswered,
)
from reconcile.stores.protocol import ContainerMissing, CutShort
from reconcile.stores.retry_after import retry_after


class Precondition(Exception):
    """`If-Match` or `If-None-Match` did not hold; the verb knows what that means."""


class RangeBeyondEnd(Exception):
    """The range begins at or after the object's end."""


_WRONG_CREDENTIALS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "ExpiredTokenException",
    "TokenRefreshRequired",
    "AuthFailure",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
}
_DENIED = {"AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden", "403", "401"}
_THROTTLES = {
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
}
_LATER = _THROTTLES | {
    "ConditionalRequestConflict",
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
}
_OTHER_REGION = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
}
DOES_NOT_ANSWER = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.ConnectTimeoutError,
    boto.ReadTimeoutError,
)
NOT_SIGNED_IN = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
)
_OTHER_BYTES = {"BadDigest", "IncompleteBody", "XAmzContentChecksumMismatch"}
_CUT_SHORT = (
    boto.IncompleteReadError,
    boto.ResponseStreamingError,
    boto.FlexibleChecksumError,
    boto.UnseekableStreamError,  # what was sent while it arrived is not there to be sent again
)


@contextmanager
def translated(where: str, *, client: Any, bucket: str) -> Iterator[None]:
    """boto3's errors inside the block as ours, about `where`."""
    try:
        yield
    except boto.ClientError as error:
        raise _of_answer(error, where, client, bucket) from error
    except _CUT_SHORT as error:
        raise CutShort(
            f"{where} was cut short on the way", found=type(error).__name__, next_step="run again"
        ) from error
    except boto.SSLError as error:
        raise BadInput(
            f"{where}: the certificate of {_endpoint(client)} is not trusted",
            next_step="correct the endpoint, or name its authority in AWS_CA_BUNDLE",
        ) from error
    except boto.ProxyConnectionError as error:
        raise Unanswered(f"{where}: the proxy does not answer", next_step="try later") from error
    except NOT_SIGNED_IN as error:
        raise no_credentials(where) from error
    except DOES_NOT_ANSWER as error:
        raise Unanswered(
            f"{where}: {_endpoint(client)} does not answer",
            found=type(error).__name__,
            next_step="check the endpoint and the network, or try later",
        ) from error
    except boto.ParamValidationError as error:
        raise BadInput(
            f"{where} is no valid S3 name", found=" ".join(str(error).split())[:200]
        ) from error
    except boto.BotoCoreError as error:
        raise BadInput(f"{where}: S3 is not set up", found=type(error).__name__) from error


def no_credentials(where: str) -> BadInput:
    """Nothing to sign requests with."""
    return BadInput(
        f"{where}: no complete AWS credentials",
        expected="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a role or a connection",
        next_step="set them, or name a connection",
    )


def _of_answer(
    error: boto.ClientError, where: str, client: Any, bucket: str
) -> ReconcileError | Precondition | RangeBeyondEnd:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status == 412 or code in ("PreconditionFailed", "304"):
        return Precondition()
    if status == 416 or code == "InvalidRange":
        return RangeBeyondEnd()
    if code in _OTHER_BYTES:
        return CutShort(
            f"{where}: other bytes arrived than were sent", found=code, next_step="run again"
        )
    if code == "InvalidObjectState":
        return BadInput(f"{where} is archived", next_step="restore it in S3 first")
    if code in _WRONG_CREDENTIALS:
        return AccessDenied(
            f"{where}: the credentials are not accepted",
            found=code,
            next_step="correct or renew the access key of the connection or of AWS_*",
        )
    if code in _OTHER_REGION or status == 301:
        region = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return BadInput(
            f"{where}: the bucket lies in another region",
            found=region.get("x-amz-bucket-region"),
            expected=client.meta.region_name,
            next_step="correct the region of the connection or AWS_DEFAULT_REGION",
        )
    # HEAD answers have no body, so these arrive as bare numbers.
    if code in _DENIED or status in (401, 403):
        return AccessDenied(
            f"{where} is refused to these credentials",
            found=code if not code.isdigit() else f"HTTP {status}",
            next_step=f"check the credentials, and their rights on bucket {bucket}",
        )
    if code == "NoSuchBucket" or (code == "404" and not _bucket_exists(client, bucket)):
        return ContainerMissing(
            f"{where}: bucket {bucket} does not exist", next_step="correct the location"
        )
    if status == 404:
        return NotFound(f"{where} does not exist", next_step="correct the location")
    if code in _THROTTLES or status in (429, 503):
        return Throttled(
            f"{where}: S3 asks to come back later",
            found=code,
            next_step="try later",
            retry_after=retry_after(
                error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            ),
        )
    if is_later(error):
        return Transient(f"{where}: S3 asks to come back later", found=code, next_step="try later")
    return BadInput(f"{where}: S3 refuses the request", found=f"{code} (HTTP {status})")


def is_later(error: boto.ClientError) -> bool:
    """Whether the service itself asks to be asked again."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = error.response.get("Error", {}).get("Code")
    return code in _LATER or status >= 500 or status in (408, 409, 429)


def _bucket_exists(client: Any, bucket: str) -> bool:
    """A bare 404 does not say whether object or bucket is missing, so this asks."""
    try:
        client.head_bucket(Bucket=bucket)
    except boto.ClientError as error:
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] != 404)
    except boto.BotoCoreError:
        return True
    return True


def _endpoint(client: Any) -> str:
    """The endpoint as messages may show it: without a user, a password or a query."""
    parts = urlsplit(client.meta.endpoint_url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"
