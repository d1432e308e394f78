"""A key of AWS KMS as a key service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from reconcile.errors import (
    AccessDenied,
    BadInput,
    NotFound,
    ReconcileError,
    Throttled,
    Transient,
    Unanswered,
)
from reconcile.stores.s3_errors import DOES_NOT_ANSWER, NOT_SIGNED_IN, no_credentials
from reconcile.stores.transport import require_tls

_ANOTHER_KEY = ("InvalidCiphertextException", "IncorrectKeyException")
_LATER = ("DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException")
_THROTTLES = ("ThrottlingException", "LimitExceededException", "RequestLimitExceeded")
_NOT_ACCEPTED = (
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "UnrecognizedClientException",
)


class AwsKms:
    """Wraps by a symmetric key of KMS, with the repository's id as encryption context.

    Args:
        client: A boto3 KMS client.
        key: The key's id, ARN or alias.
        environ: Where `RECONCILE_PLAIN_HTTP_HOSTS` is looked up.
    """

    kind = "aws_kms"

    def __init__(self, client: Any, key: str, *, environ: Mapping[str, str]) -> None:
        require_tls(client.meta.endpoint_url, environ)
        self._client = client
        self.id = key

    def wrap(self, key: bytes, *, repository: str = "") -> bytes:
        """The data key, encrypted by KMS."""
        with self._told():
            answer = self._client.encrypt(
                KeyId=self.id, Plaintext=key, EncryptionContext=_context(repository)
            )
        wrapped: bytes = answer["CiphertextBlob"]
        return wrapped

    def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
        """The data key, decrypted by KMS, by this key and no other."""
        with self._told():
            answer = self._client.decrypt(
                KeyId=self.id, CiphertextBlob=wrapped, EncryptionContext=_context(repository)
            )
        key: bytes = answer["Plaintext"]
        return key

    @contextmanager
    def _told(self) -> Iterator[None]:
        what = f"key {self.id} of AWS KMS"
        try:
            yield
        except ClientError as error:
            raise _of_answer(error, what) from error
        except NOT_SIGNED_IN as error:
            raise no_credentials(what) from error
        except DOES_NOT_ANSWER as error:
            raise Unanswered(
                f"{what}: the service does not answer",
                found=type(error).__name__,
                next_step="check the region, the endpoint and the network, or try later",
            ) from error
        except BotoCoreError as error:
            raise BadInput(f"{what} cannot be asked", found=type(error).__name__) from error


def _of_answer(error: ClientError, what: str) -> ReconcileError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    match code:
        case "DisabledException":
            return AccessDenied(
                f"{what} is disabled", found=code, next_step="enable it, then run again"
            )
        case "KMSInvalidStateException":
            return AccessDenied(
                f"{what} cannot be used in its present state",
                found=f"{code}: it may be about to be deleted",
                next_step="cancel its deletion while that is possible, then run again",
            )
        case "NotFoundException":
            return NotFound(
                f"{what} does not exist",
                found=code,
                next_step="correct the key's id, its region or the connection's account",
            )
        case "AccessDeniedException":
            return AccessDenied(
                f"{what} is refused to these credentials",
                found=code,
                expected="the rights kms:Encrypt and kms:Decrypt",
                next_step="check the key's policy and the connection's rights",
            )
        case "InvalidKeyUsageException":
            return BadInput(f"{what} does not encrypt", found=code, expected="a symmetric key")
    if code in _ANOTHER_KEY:
        return BadInput(
            f"{what} did not wrap this repository's key",
            found=code,
            expected="the key and the repository that it was wrapped for, unchanged",
            next_step="name the key that the repository was made with",
        )
    if code in _NOT_ACCEPTED:
        return AccessDenied(
            f"{what}: the credentials are not accepted",
            found=code,
            next_step="correct or renew the access key of the connection or of AWS_*",
        )
    if code in _THROTTLES or status == 429:
        return Throttled(f"{what}: KMS asks to come back later", found=code, next_step="try later")
    if code in _LATER or status >= 500:
        return Transient(f"{what}: KMS asks to come back later", found=code, next_step="try later")
    return BadInput(f"{what}: KMS refuses the request", found=f"{code} (HTTP {status})")


def _context(repository: str) -> dict[str, str]:
    return {"reconcile-repository": repository or "unnamed"}
