"""A repository: a store, what it says of itself, and the keys to it."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from reconcile.errors import BadInput, NotFound, Tampered
from reconcile.model.snapshot import CHUNK_SIZE
from reconcile.repository import description, layout
from reconcile.repository.cipher import OVERHEAD, Cipher
from reconcile.repository.creation import created, lying
from reconcile.repository.description import Description, Wrapped
from reconcile.repository.keys import Keys, derived, new_data_key
from reconcile.stores.key_service import KeyService
from reconcile.stores.protocol import ContainerMissing, Store


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Repository:
    """An open repository; safe to share between threads.

    Attributes:
        id: 32 hexadecimal digits.
        store: Where it lies.
        chunk_size: Bytes of a chunk, at most.
        now: The clock of whoever opened it.
    """

    def __init__(
        self, store: Store, described: Description, keys: Keys | None, now: Callable[[], datetime]
    ) -> None:
        self.id = described.id
        self.store = store
        self.chunk_size = described.chunk_size
        self.now = now
        self.cipher = None if keys is None else Cipher(keys.content)
        """Of chunks and segments; None where they are in the clear."""
        self._keys = keys

    @classmethod
    def open(
        cls,
        store: Store,
        *,
        key: KeyService | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> Repository:
        """The repository that lies in a store.

        Args:
            store: The repository's folder as a store of its own.
            key: What unwraps its data key; None where it is in the clear.
            now: The clock.

        Raises:
            NotFound: None lies there.
            BadInput: It is encrypted and no key is given, it is not and one is, or another key
                wrapped its data key.
            AccessDenied: The key may not be used: disabled, deleted, or not ours.
            Damaged: What lies there describes no repository.
            Tampered: What it says of itself was changed, or is gone while its ledger is there.
        """
        data = _description(store)
        if data is None:
            raise NotFound(
                f"no repository lies in {store.root}",
                found=f"no {layout.REPOSITORY}",
                next_step="correct the location, or create a first snapshot there",
            )
        return cls._opened(store, data, key, now)

    @classmethod
    def _opened(
        cls, store: Store, data: bytes, key: KeyService | None, now: Callable[[], datetime]
    ) -> Repository:
        where = f"{store.root}/{layout.REPOSITORY}"
        described = description.from_bytes(data, where=where)
        opened = cls(store, described, _unwrapped(described, key, store.root), now)
        description.require_sealed(data, seal=opened.seal, where=where)
        return opened

    @classmethod
    def create(
        cls,
        store: Store,
        *,
        key: KeyService | None = None,
        now: Callable[[], datetime] = _utc_now,
        chunk_size: int = CHUNK_SIZE,
    ) -> Repository:
        """The repository that lies in a store, made where there is none.

        Of several who make it at once one does, and the others open what it made.

        Raises:
            As `open`, but for NotFound of the repository itself.
        """
        data = _description(store)
        if data is not None:
            return cls._opened(store, data, key, now)
        id, keys, wrapped = uuid.uuid4().hex, None, None
        if key is not None:
            data_key = new_data_key()
            keys = derived(data_key, repository=id)
            wrapped = Wrapped(key.kind, key.id, key.wrap(data_key, repository=id))
        described = Description(id, chunk_size, wrapped)
        made = cls(store, described, keys, now)
        document = description.to_bytes(described, seal=made.seal)
        found = created(store, layout.REPOSITORY, document, largest=description.LARGEST)
        if found != document:
            return cls._opened(store, found, key, now)  # another was quicker
        return made

    @property
    def encrypted(self) -> bool:
        """Whether content is encrypted before it leaves."""
        return self._keys is not None

    @property
    def overhead(self) -> int:
        """Bytes that stored content has more than it is."""
        return OVERHEAD if self.encrypted else 0

    def seal(self, data: bytes) -> str:
        """What proves that data was written by whoever has the repository's keys.

        Of one in the clear it is SHA-256, which proves only that it is not damaged.
        """
        if self._keys is None:
            return hashlib.sha256(data).hexdigest()
        return hmac.digest(self._keys.sealing, data, "sha256").hex()

    def chunk_id(self, data: bytes) -> str:
        """The id of content."""
        return self.id_of_sha256(hashlib.sha256(data).digest())

    def id_of_sha256(self, digest: bytes) -> str:
        """The id of content whose SHA-256 is known: hashing it is most of what storing costs."""
        if self._keys is None:
            return digest.hex()
        return hmac.digest(self._keys.ids, digest, "sha256").hex()


def _document(store: Store) -> bytes | None:
    try:
        return lying(store, layout.REPOSITORY, largest=description.LARGEST)
    except ContainerMissing:
        return None  # a folder that is not there yet is no error, and a bucket is one soon


def _description(store: Store) -> bytes | None:
    """What a repository says of itself; None where there is none, and none was.

    Raises:
        Tampered: It is gone and the ledger is not: this is no place to begin anew.
    """
    if (data := _document(store)) is not None:
        return data
    try:
        ledger = next(iter(store.list(layout.LEDGER)), None)
    except ContainerMissing:
        return None
    if ledger is None:
        return None
    if (late := _document(store)) is not None:
        return late  # another was making it meanwhile
    raise Tampered(
        f"{store.root}/{layout.REPOSITORY} is gone",
        found="a ledger without it",
        expected="both: it names the repository, and holds the key of an encrypted one",
        next_step="bring it back from a version that the store keeps; else use the second "
        "repository (--copy), and begin a new one elsewhere",
    )


def _unwrapped(described: Description, key: KeyService | None, where: str) -> Keys | None:
    wrapped = described.wrapped
    if wrapped is None:
        if key is not None:
            raise BadInput(
                f"the repository {where} is not encrypted, and a key is given for it",
                found="content in the clear",
                expected=f"content encrypted under a data key that {key.kind} {key.id} wraps",
                next_step="take the key out of the rules, or name another place",
            )
        return None
    if key is None:
        raise BadInput(
            f"the repository {where} is encrypted, and no key is given for it",
            expected=f"the key of {wrapped.kind} {wrapped.id}",
            next_step="name it as `key` beside the repository's location",
        )
    if key.kind != wrapped.kind:
        raise BadInput(
            f"the data key of the repository {where} is wrapped by another kind of key",
            found=f"{key.kind} {key.id}",
            expected=f"{wrapped.kind} {wrapped.id}",
            next_step="name the key that the repository was created with",
        )
    return derived(key.unwrap(wrapped.key, repository=described.id), repository=described.id)
