"""A key of Azure Key Vault as a key service."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.rest import HttpRequest

from reconcile.errors import (
    AccessDenied,
    BadInput,
    NotFound,
    ReconcileError,
    Throttled,
    Transient,
    Unanswered,
)
from reconcile.stores.retry_after import retry_after
from reconcile.stores.transport import require_tls

_API = "7.4"
_ALGORITHM = "RSA-OAEP-256"
_VERSION = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)
_DISABLED = ("KeyDisabled", "disabled")


class AzureKeyVault:
    """Wraps by an RSA key of a vault, with RSA-OAEP-256.

    What was wrapped says which version of the key did it, so the key may be rotated; and it holds
    a digest of the repository's id, since the vault binds it to nothing.

    Args:
        client: An `azure.core` client of the vault, signed in.
        key: The key's address, with its version or without.
        environ: Where `RECONCILE_PLAIN_HTTP_HOSTS` is looked up.
    """

    kind = "azure_key_vault"

    def __init__(self, client: Any, key: str, *, environ: Mapping[str, str]) -> None:
        require_tls(key, environ)
        self._client = client
        self.id = key
        parts = urlsplit(key)
        _, _, self._name, *version = parts.path.split("/")
        self._vault = f"{parts.scheme}://{parts.netloc}"
        self._version = version[0] if version else ""
        self._is_plain = parts.scheme == "http"

    def wrap(self, key: bytes, *, repository: str = "") -> bytes:
        """The data key, encrypted by the vault with the newest version, or with the one named."""
        answer = self._asked("wrapkey", self._version, _digest(repository) + key)
        path, _, version = urlsplit(str(answer.get("kid", ""))).path.rpartition("/")
        value = str(answer.get("value", ""))
        is_ours = path.lower() == f"/keys/{self._name}".lower()
        if not is_ours or not _VERSION.fullmatch(version) or not value:
            raise self._odd()
        return f"{version}.{value}".encode()

    def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
        """The data key, decrypted by the vault with the version that wrapped it."""
        version, _, value = wrapped.decode("ascii", "replace").partition(".")
        try:
            secret = _decoded(value)
        except ValueError:
            secret = b""
        if not _VERSION.fullmatch(version) or not secret:
            raise self._another("no version of a key")
        if self._version and version != self._version:
            raise self._another(f"version {version} of it")
        answer = self._asked("unwrapkey", version, secret)
        try:
            opened = _decoded(str(answer.get("value", "")))
        except ValueError:
            raise self._odd() from None
        bound, key = opened[:32], opened[32:]
        if not hmac.compare_digest(bound, _digest(repository)) or not key:
            raise self._another("a key that was wrapped for something else")
        return key

    def _asked(self, verb: str, version: str, value: bytes) -> Mapping[str, Any]:
        # The address is the one that was configured: what was stored tells a version, no more.
        path = "/".join(part for part in ("keys", self._name, version, verb) if part)
        request = HttpRequest(
            "POST",
            f"{self._vault}/{path}?api-version={_API}",
            json={"alg": _ALGORITHM, "value": _encoded(value)},
        )
        try:
            response = self._client.send_request(
                request, enforce_https=not self._is_plain, connection_timeout=5, read_timeout=60
            )
            answer = response.json() if response.status_code == 200 else None
        except (AzureError, ValueError) as error:
            self._refuse(error)
        if answer is None:
            raise self._of_answer(response)
        if not isinstance(answer, Mapping):
            raise self._odd()
        return answer

    # Errors below come without their causes: these may quote a request, and so a key.

    def _refuse(self, error: Exception) -> NoReturn:
        if isinstance(error, ClientAuthenticationError):
            raise AccessDenied(
                f"{self._what()}: no identity to sign in with, or it is not accepted",
                found=type(error).__name__,
                expected="a connection with a service principal, or an identity of this machine",
                next_step="name a connection, or give this machine an identity",
            ) from None
        if isinstance(error, ServiceRequestError | ServiceResponseError):
            raise Unanswered(
                f"{self._what()}: the vault does not answer",
                found=type(error).__name__,
                next_step="check the vault's name and the network, or try later",
            ) from None
        raise self._odd() from None

    def _of_answer(self, response: Any) -> ReconcileError:
        status, code = response.status_code, _code(response)
        found = f"{code or 'no code'} (HTTP {status})"
        if any(word in code for word in _DISABLED):
            return AccessDenied(
                f"{self._what()} is disabled", found=found, next_step="enable it, then run again"
            )
        if status in (401, 403):
            return AccessDenied(
                f"{self._what()} is refused to this identity",
                found=found,
                expected="the rights wrapKey and unwrapKey, and a key that is enabled",
                next_step="check the key, its dates and the identity's role",
            )
        if status == 404:
            return NotFound(
                f"{self._what()} does not exist, or was deleted",
                found=found,
                next_step="correct its address, or recover the key while that is possible",
            )
        if status == 429:
            return Throttled(
                f"{self._what()}: Key Vault asks to come back later",
                found=found,
                next_step="try later",
                retry_after=retry_after(response.headers),
            )
        if status >= 500 or status in (408, 409):
            return Transient(
                f"{self._what()}: Key Vault asks to come back later",
                found=found,
                next_step="try later",
            )
        return self._another(found)

    def _another(self, found: str) -> BadInput:
        return BadInput(
            f"{self._what()} did not wrap this repository's key",
            found=found,
            expected="an RSA key, and what it wrapped for this repository, unchanged",
            next_step="name the key that the repository was made with",
        )

    def _odd(self) -> Transient:
        return Transient(
            f"{self._what()}: an answer that cannot be understood",
            expected="Key Vault's",
            next_step="check the vault's address, or try later",
        )

    def _what(self) -> str:
        return f"key {self._name} of {self._vault}"


def _code(response: Any) -> str:
    """The service's word for what went wrong; the innermost, which says most."""
    try:
        error = response.json()["error"]
        inner = error.get("innererror") or {}
        return str(inner.get("code") or error.get("code") or "")[:100]
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""


def _digest(repository: str) -> bytes:
    return hashlib.sha256(b"reconcile: data key of repository " + repository.encode()).digest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64url") from None
