"""Where a repository of snapshots lies, as the keys of a dataset file say it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reconcile.config.entry import Entry, Finding
from reconcile.config.values import LocationText, Text
from reconcile.model.location import Location, Scheme
from reconcile.model.snapshot import AtRest, KeyPlace, LockMode, LockRules, RepositoryPlace

_VAULT_KEY = re.compile(r"https?://[^/?#@\s]+/keys/[0-9A-Za-z-]+(/[0-9A-Za-z]+)?", re.ASCII)
_KEYS = ("file", "aws_kms", "azure_key_vault")


class KeyEntry(Entry):
    """Which key wraps the repository's own."""

    file: LocationText | None = None
    aws_kms: Text | None = None
    azure_key_vault: Text | None = None
    connection: Text | None = None

    def findings(self) -> Iterator[Finding]:
        """One key, of one kind, that is what its kind says."""
        said = [word for word in _KEYS if getattr(self, word) is not None]
        if len(said) != 1:
            yield Finding((), " and ".join(said) or "no key", f"one of {', '.join(_KEYS)}")
        if self.azure_key_vault is not None and not _VAULT_KEY.fullmatch(self.azure_key_vault):
            expected = "a key's address, such as https://vault-name.vault.azure.net/keys/name"
            yield Finding(("azure_key_vault",), repr(self.azure_key_vault), expected)
        if self.file is not None:
            if Location.parse(self.file).scheme is not Scheme.FILE:
                yield Finding(("file",), repr(self.file), "a file of the machine that it runs on")
            if self.connection is not None:
                yield Finding(("connection",), "a connection", "none: a file needs no signing in")

    def place(self) -> KeyPlace:
        """What it says."""
        kind = next(word for word in _KEYS if getattr(self, word) is not None)
        return KeyPlace(kind, getattr(self, kind), self.connection)


class LockEntry(Entry):
    """For how long objects are locked."""

    days: Annotated[int, Field(ge=1, le=36_500)] = Field(description="days, such as 35")
    mode: Annotated[LockMode, Field(strict=False)] = LockRules.mode


class AtRestEntry(Entry):
    """The store's own encryption."""

    kms_key: str | None = None
    scope: Text | None = None


class RepositoryEntry(Entry):
    """A repository."""

    location: LocationText = Field(description="a folder: s3://…, az://… or a path")
    connection: Text | None = None
    prune_connection: Text | None = None
    key: KeyEntry | None = None
    lock: LockEntry | None = None
    at_rest: AtRestEntry = AtRestEntry()

    def findings(self) -> Iterator[Finding]:
        """A pattern; an encryption that is another cloud's."""
        location = Location.parse(self.location)
        if location.is_glob:
            yield Finding(("location",), "a pattern", "a folder")
        if self.key is not None and self.key.file is not None:
            there, key = folder_of(self.location, None), folder_of(self.key.file, None)
            if key[: len(there)] == there:
                yield Finding(("key", "file"), "a file in the repository", "a place apart from it")
        if self.at_rest.kms_key is not None and location.scheme is not Scheme.S3:
            yield Finding(("at_rest", "kms_key"), "a key of KMS", "none: it is for s3:// only")
        if self.at_rest.scope is not None and location.scheme is not Scheme.AZURE:
            yield Finding(("at_rest", "scope"), "an encryption scope", "none: it is for az:// only")

    def place(self) -> RepositoryPlace:
        """What it says."""
        return RepositoryPlace(
            self.location,
            self.connection,
            self.prune_connection,
            None if self.key is None else self.key.place(),
            None if self.lock is None else LockRules(self.lock.days, self.lock.mode),
            AtRest(self.at_rest.kms_key, self.at_rest.scope),
        )


def _widened(value: Any) -> Any:
    """A location alone says where, and nothing else."""
    return {"location": value} if isinstance(value, str) else value


Repository = Annotated[RepositoryEntry, BeforeValidator(_widened)]


def nested(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether a folder is another, lies in it, or holds it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def folder_of(location: str, connection: str | None, *, alone: bool = False) -> tuple[object, ...]:
    """A folder, one part after the other, as far as it is none of a pattern.

    Args:
        location: Where.
        connection: Who signs in. It tells containers of different accounts apart; of a bucket it
            tells nothing, since one connection may write what another reads.
        alone: Whether it tells buckets apart as well.
    """
    found = Location.parse(location)
    path = os.path.abspath(found.path) if found.scheme is Scheme.FILE else found.path
    by = connection if alone or (found.scheme is Scheme.AZURE and not found.endpoint_host) else None
    parts = PurePosixPath(path).parts
    fixed = next((n for n, part in enumerate(parts) if any(c in part for c in "*?[")), len(parts))
    return (found.scheme, found.container, found.endpoint_host, by, *parts[:fixed])
