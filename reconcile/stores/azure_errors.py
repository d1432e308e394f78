"""The errors of Azure's SDK as ours: the only place that knows their codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core import exceptions as azure

from reconcile.errors import (
    AccessDenied,
    BadInput,
    NotFound,
    ReconcileError,
    Throttled,
    Transient,
    Unanswered,
)
from reconcile.stores.locks import locked
from reconcile.stores.protocol import ContainerMissing, CutShort
from reconcile.stores.retry_after import retry_after


class Precondition(Exception):
    """A condition on the ETag did not hold; the verb knows what that means."""


class RangeBeyondEnd(Exception):
    """The range begins at or after the blob's end."""


_WRONG_CREDENTIALS = {
    "AuthenticationFailed",
    "InvalidAuthenticationInfo",
    "NoAuthenticationInformation",
}
_THROTTLES = {"ServerBusy", "TooManyRequests"}
_LATER = {"OperationTimedOut", "InternalError", "ContainerBeingDeleted"}
_OTHER_BYTES = {"Crc64Mismatch", "Md5Mismatch"}
_ARCHIVED = {"BlobArchived", "BlobBeingRehydrated", "OperationNotAllowedOnArchivedBlob"}
_IMMUTABLE = {
    "BlobImmutableDueToLegalHold",
    "BlobImmutableDueToPolicy",
    "ContainerImmutableDueToLegalHold",
    "ContainerImmutableDueToPolicy",
}
_CONDITIONS = {"ConditionNotMet", "BlobAlreadyExists", "TargetConditionNotMet"}


@contextmanager
def translated(where: str, *, container: str, endpoint: str) -> Iterator[None]:
    """Azure's errors inside the block as ours, about `where`."""
    try:
        yield
    except azure.IncompleteReadError as error:
        raise _cut_short(where, error) from error
    except azure.ClientAuthenticationError as error:
        raise _not_accepted(where, error) from error
    except azure.HttpResponseError as error:
        if error.response is None:
            raise _cut_short(where, error) from error
        raise _of_answer(error, where, container) from error
    except azure.ServiceRequestError as error:
        if "SSL" in type(error.inner_exception).__name__:
            raise BadInput(
                f"{where}: the certificate of {endpoint} is not trusted",
                next_step="correct the account's host, or name its authority in REQUESTS_CA_BUNDLE",
            ) from None
        # Without its cause: that quotes the whole URL, and a SAS is part of it.
        raise _unanswered(where, endpoint, error) from None
    except azure.ServiceResponseTimeoutError as error:
        raise _unanswered(where, endpoint, error) from None  # likewise
    except azure.ServiceResponseError as error:
        raise _cut_short(where, error) from None  # likewise
    except azure.AzureError as error:
        if str(error).startswith("MD5 mismatch"):
            raise _cut_short(where, error) from error
        raise BadInput(
            f"{where}: Blob Storage is not set up", found=type(error).__name__
        ) from error


def _unanswered(where: str, endpoint: str, error: azure.AzureError) -> Unanswered:
    return Unanswered(
        f"{where}: {endpoint} does not answer",
        found=type(error.inner_exception or error).__name__,
        next_step="check the account and the network, or try later",
    )


def _cut_short(where: str, error: Exception) -> CutShort:
    return CutShort(
        f"{where} was cut short on the way", found=type(error).__name__, next_step="run again"
    )


def _not_accepted(where: str, error: azure.HttpResponseError) -> ReconcileError:
    if error.response is None:  # nobody was asked: there is nothing to sign in with
        return BadInput(
            f"{where}: no identity to sign in with",
            expected="a connection, AZURE_STORAGE_CONNECTION_STRING, a key, a SAS or an identity",
            next_step="set one of them, or name a connection",
        )
    return AccessDenied(
        f"{where}: the credentials are not accepted",
        found=code_of(error) or type(error).__name__,
        next_step="correct or renew the key, SAS or identity of the connection or of AZURE_*",
    )


def _of_answer(
    error: azure.HttpResponseError, where: str, container: str
) -> ReconcileError | Precondition | RangeBeyondEnd:
    code, status = code_of(error), error.status_code or 0
    if code in _OTHER_BYTES:
        return CutShort(
            f"{where}: other bytes arrived than were sent", found=code, next_step="run again"
        )
    if code in _ARCHIVED:
        return BadInput(f"{where} is archived", next_step="bring it back to an online tier first")
    if code in _IMMUTABLE:
        return locked(where)
    if code.startswith("Lease"):
        return Transient(f"{where} is held by a lease", found=code, next_step="try later")
    if status == 412 or code in _CONDITIONS:
        return Precondition()
    if status == 416:
        return RangeBeyondEnd()
    if code in _WRONG_CREDENTIALS or status == 401:
        return _not_accepted(where, error)
    if status == 403:
        return AccessDenied(
            f"{where} is refused to these credentials",
            found=code or f"HTTP {status}",
            next_step=f"check the credentials, and their rights on container {container}",
        )
    if code == "ContainerNotFound":
        return ContainerMissing(
            f"{where}: container {container} does not exist", next_step="correct the location"
        )
    if status == 404:
        return NotFound(f"{where} does not exist", next_step="correct the location")
    # Of what the service gave up halfway nobody knows whether it was done.
    if code in _THROTTLES or status == 429 or (status == 503 and code not in _LATER):
        return Throttled(
            f"{where}: Blob Storage asks to come back later",
            found=code or f"HTTP {status}",
            next_step="try later",
            retry_after=retry_after(error.response.headers),
        )
    if code in _LATER or status >= 500 or status in (408, 409):
        return Transient(
            f"{where}: Blob Storage asks to come back later",
            found=code or f"HTTP {status}",
            next_step="try later",
        )
    return BadInput(
        f"{where}: Blob Storage refuses the request", found=f"{code or 'no code'} (HTTP {status})"
    )


def code_of(error: azure.HttpResponseError) -> str:
    """The service's word for what went wrong; empty where it gave none."""
    code = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))
