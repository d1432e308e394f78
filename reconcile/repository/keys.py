"""The keys of an encrypted repository, all of them derived from its one data key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reconcile.errors import BadInput

KEY_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """What each key is for. None of them is ever shown.

    Attributes:
        content: Encrypts chunks and segments.
        ids: Makes ids of content.
        sealing: Seals manifests, the ledger and what the repository says of itself.
    """

    content: bytes = field(repr=False)
    ids: bytes = field(repr=False)
    sealing: bytes = field(repr=False)


def new_data_key() -> bytes:
    """A data key: 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def derived(data_key: bytes, *, repository: str) -> Keys:
    """The keys of a repository.

    Args:
        data_key: As `new_data_key` made it.
        repository: Its id, so that no two repositories ever share a key.

    Raises:
        BadInput: It is no data key: what unwrapped it gave back something else.
    """
    if len(data_key) != KEY_BYTES:
        raise BadInput(
            f"the data key of repository {repository} is none",
            found=f"{len(data_key)} bytes",
            expected=f"{KEY_BYTES}",
            next_step="name the key that the repository was created with",
        )

    def key(purpose: str) -> bytes:
        info = f"reconcile {purpose} {repository}".encode()
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(data_key)

    return Keys(content=key("content"), ids=key("ids"), sealing=key("sealing"))
