"""Encryption of what lies in a repository: AES-256-GCM, bound to the name it lies under."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reconcile.errors import Damaged

NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = NONCE_BYTES + TAG_BYTES
"""Bytes that what is encrypted has more than what it was."""


class Cipher:
    """Encrypts and decrypts under one key; safe to share between threads, which it lets run.

    What comes out is a random nonce, the encrypted bytes, and their tag.
    """

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def encrypted(self, data: bytes, *, bound_to: str) -> bytearray:
        """Encrypts some bytes; they can only be decrypted as what they are bound to."""
        # Written where it shall lie: putting a nonce before 16 MiB afterwards costs more
        # processor time than hashing them.
        whole = bytearray(len(data) + OVERHEAD)
        nonce = secrets.token_bytes(NONCE_BYTES)
        whole[:NONCE_BYTES] = nonce
        with memoryview(whole) as view:
            self._aes.encrypt_into(nonce, data, bound_to.encode(), view[NONCE_BYTES:])
        return whole

    def decrypted(self, data: bytes, *, bound_to: str, where: str) -> bytes:
        """Decrypts what `encrypted` gave.

        Args:
            data: The nonce, the encrypted bytes, and their tag.
            bound_to: As it was encrypted.
            where: Where it lies, for messages.

        Raises:
            Damaged: It is something else, or bound to something else. Nothing of it is given.
        """
        if len(data) < OVERHEAD:
            raise _damaged(where, found=f"{len(data)} bytes")
        view = memoryview(data)
        try:
            return self._aes.decrypt(view[:NONCE_BYTES], view[NONCE_BYTES:], bound_to.encode())
        except InvalidTag as error:
            raise _damaged(where, found="a wrong tag") from error


def _damaged(where: str, *, found: str) -> Damaged:
    return Damaged(
        f"{where} cannot be decrypted",
        found=found,
        expected="what was encrypted under this name with this repository's key",
        next_step="restore it from the copy, or create a snapshot, which writes it again",
    )
