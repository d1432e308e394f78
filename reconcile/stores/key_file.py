"""A key in a file of this machine: the key service where there is no cloud's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reconcile.errors import AccessDenied, AlreadyExists, BadInput, NotFound
from reconcile.stores.system_errors import reason, unwritable

_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 8
_LONGEST = 4096
_EXPECTED = "32 random bytes in base64, as `reconcile snapshot key` writes them"


class KeyFile:
    """Wraps by AES-256-GCM with the key that a file holds.

    Its id is a fingerprint: it tells nothing of the key, and the same key has it wherever its
    file lies. What was wrapped begins with it, so that a wrong file can be told from damage.

    Raises:
        NotFound: There is no such file.
        AccessDenied: It cannot be read, or others than its owner may read it.
        BadInput: It holds no key.
    """

    kind = "file"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = _read(path)
        self.id = _fingerprint(self._key).hex()

    def wrap(self, key: bytes, *, repository: str = "") -> bytes:
        """The data key, encrypted; bound to the repository's id."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, key, _bound(repository))
        return _fingerprint(self._key) + nonce + sealed

    def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
        """The data key again.

        Raises:
            BadInput: Another key wrapped it, or for another repository, or it was changed.
        """
        theirs, rest = wrapped[:_ID_BYTES], wrapped[_ID_BYTES:]
        if theirs != _fingerprint(self._key):
            raise BadInput(
                f"{self._path} is not the key of this repository",
                found=f"key {self.id}",
                expected=f"key {theirs.hex()}",
                next_step="name the file that the repository was made with",
            )
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return AESGCM(self._key).decrypt(nonce, sealed, _bound(repository))
        except (InvalidTag, ValueError) as error:
            raise BadInput(
                "the wrapped key of this repository was changed",
                found="bytes that the key does not open",
                expected=f"what key {self.id} wrapped for this repository",
                next_step="bring the repository's own description back from its copy",
            ) from error


def new_key_file(path: Path) -> KeyFile:
    """Makes a file with a new random key, which its owner alone may read.

    Without it nothing can ever be restored: keep it where the repository's loss does not take it.

    Raises:
        AlreadyExists: Something is there: a key that is lost takes its backups with it.
        AccessDenied: The file cannot be written.
        DiskFull: There is no room for it.
    """
    text = base64.b64encode(secrets.token_bytes(_BYTES)) + b"\n"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise AlreadyExists(
            f"{path} already exists",
            next_step="choose another name: backups of the key in it would be lost",
        ) from error
    except OSError as error:
        raise unwritable(path, error, elsewhere="name another file") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise unwritable(path, error, elsewhere="name another file") from error
    return KeyFile(path)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(_LONGEST)
    except FileNotFoundError as error:
        raise NotFound(
            f"no key file {path}",
            expected=_EXPECTED,
            next_step="correct the path, or bring the file back from where it is kept",
        ) from error
    except OSError as error:
        raise AccessDenied(f"key file {path} cannot be read", found=reason(error)) from error
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessDenied(
            f"key file {path} is open to others",
            found=f"mode {stat.S_IMODE(status.st_mode):04o}",
            expected="mode 0600",
            next_step=f"chmod 600 {path}",
        )
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _BYTES:
        raise BadInput(f"{path} holds no key", found="something else", expected=_EXPECTED)
    return key


def _fingerprint(key: bytes) -> bytes:
    return hmac.digest(key, b"reconcile: which key this is", hashlib.sha256)[:_ID_BYTES]


def _bound(repository: str) -> bytes:
    return b"reconcile: data key of repository " + repository.encode()
