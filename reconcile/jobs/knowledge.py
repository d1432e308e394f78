"""What earlier comparisons learnt of objects: a memory that saves work and decides nothing.

Everything is kept under an object's address, name, tag, version and size, so that whatever changes
is simply not known. Files on this machine's disk are left out, since their tags are only times, and
so are objects without any tag, as some that speak S3 serve them.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from reconcile.comparison.hive import folder_values
from reconcile.comparison.schema import FileSchema
from reconcile.errors import ReconcileError
from reconcile.model.fingerprint import Fingerprint
from reconcile.model.objects import ObjectInfo
from reconcile.stores.listing import Listing

if TYPE_CHECKING:
    from reconcile.state.database import State

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """What a fingerprint is of: the rows of some objects, hashed in one way.

    Attributes:
        name: Which objects they are, by their names, and how their rows are hashed, as a digest;
            it has one entry.
        objects: What the objects were, by their tags, as a digest.
    """

    name: str
    objects: str


@dataclass
class Knowledge:
    """What the state database remembers of objects.

    Attributes:
        state: The database; None knows nothing and keeps nothing.
        now: The clock.
        dispensable: Whether a database that fails is given up, which is said in the log.
    """

    state: State | None
    now: Callable[[], datetime]
    dispensable: bool = False

    def with_facts(self, listing: Listing) -> tuple[Listing, dict[str, FileSchema]]:
        """A listing with the checksums that are known, and the known schemas by object name."""
        state = self.state
        if state is None or listing.lies_here:
            return listing, {}
        address, facts = listing.store.address, {}
        with self._asking():
            facts = state.known_objects.find(address, [i for i in listing.objects if i.etag])
            known = [info for info in listing.objects if info.name in facts]
            state.known_objects.seen(address, known, now=self.now())
        objects = [
            replace(info, checksums={**facts[info.name].checksums, **info.checksums})
            if info.name in facts
            else info
            for info in listing.objects
        ]
        schemas = {
            info.name: FileSchema(
                f"{listing.store.root}/{info.name}",
                _columns(facts[info.name].schema),
                facts[info.name].rows,
                folder_values(listing.relative(info)),
            )
            for info in listing.objects
            if info.name in facts
        }
        return replace(listing, objects=tuple(objects)), schemas

    def learn(
        self, listing: Listing, objects: Iterable[ObjectInfo], schemas: Mapping[str, FileSchema]
    ) -> None:
        """Keeps what was found out about some of a listing's objects.

        Args:
            listing: As it was listed: its tags are what the facts hang on.
            objects: The objects, with the checksums of what arrived.
            schemas: Of each, by its name.
        """
        state = self.state
        if state is None or listing.lies_here:
            return
        # With a state it is imported already; without one nobody should wait for it.
        from reconcile.state.known_objects import ObjectFacts  # noqa: PLC0415

        listed = {info.name: info for info in listing.objects}
        facts = [
            (listed[info.name], ObjectFacts(schemas[info.name].rows, spelled, info.checksums))
            for info in objects
            if info.etag and (spelled := _spelled(schemas[info.name].columns)) is not None
        ]
        with self._asking():
            state.known_objects.keep(listing.store.address, facts, now=self.now())

    def fingerprints(self, places: Sequence[Place]) -> Mapping[Place, Fingerprint]:
        """The fingerprints that are known of places whose objects are still the same."""
        state = self.state
        if state is None:
            return {}
        found: Mapping[str, Fingerprint] = {}
        with self._asking():
            found = state.fingerprints.find({place.name: place.objects for place in places})
            state.fingerprints.seen(list(found), now=self.now())
        return {place: found[place.name] for place in places if place.name in found}

    def keep(self, fingerprints: Mapping[Place, Fingerprint]) -> None:
        """Keeps fingerprints, each in place of an earlier one of its place."""
        state = self.state
        if state is None or not fingerprints:
            return
        with self._asking():
            state.fingerprints.keep(
                {place.name: (place.objects, found) for place, found in fingerprints.items()},
                now=self.now(),
            )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """A database that fails in the block is asked no more, where it is dispensable."""
        try:
            yield
        except ReconcileError as error:
            if not self.dispensable:
                raise
            self.state = None
            _log.warning("nothing more is remembered of unchanged objects: %s", error.line())


NOTHING = Knowledge(None, lambda: datetime.now(UTC))
"""What nobody remembers."""


@contextmanager
def remembered(*, cache: bool, environ: Mapping[str, str] = os.environ) -> Iterator[Knowledge]:
    """What the state database that the environment names knows of objects.

    A database that cannot be used is no reason not to compare: it is said in the log.

    Args:
        cache: Whether it is to be used; files on this machine's disk need none.
        environ: Where `RECONCILE_STATE` is looked up.
    """
    if not cache:
        yield NOTHING
        return
    # It takes a fifth of a second to import, which who needs it not need not wait for.
    from reconcile.state.database import State  # noqa: PLC0415
    from reconcile.state.location import state_url  # noqa: PLC0415

    try:
        state = State.open(state_url(environ))
    except ReconcileError as error:
        _log.warning("nothing is remembered of unchanged objects: %s", error.line())
        yield NOTHING
        return
    with state:
        yield Knowledge(state, lambda: datetime.now(UTC), dispensable=True)


def place_of(
    listing: Listing, folders: Mapping[str, str | None], objects: Iterable[ObjectInfo], basis: str
) -> Place:
    """The place of some objects of a folder.

    Args:
        listing: Where they lie.
        folders: What their Hive folders spell.
        objects: Which.
        basis: What their rows' hashes depend on beside their bytes (`engines.hashing.basis`).
    """
    tags = sorted((info.name, info.etag, info.version or "", info.size) for info in objects)
    names = [name for name, *_ in tags]
    where = (listing.store.address, listing.base, sorted(folders.items(), key=repr), names, basis)
    return Place(_digest(where), _digest(tags))


def _digest(of: object) -> str:
    return hashlib.sha256(repr(of).encode("utf-8", "surrogateescape")).hexdigest()


def _spelled(columns: Sequence[tuple[str, pa.DataType]]) -> bytes | None:
    """A file's columns as bytes; None where these would not be read back as the same."""
    spelled: bytes = pa.schema(columns).serialize().to_pybytes()
    return spelled if _columns(spelled) == tuple(columns) else None


@lru_cache(maxsize=64)
def _columns(spelled: bytes) -> tuple[tuple[str, pa.DataType], ...]:
    schema = pa.ipc.read_schema(pa.py_buffer(spelled))
    return tuple((field.name, field.type) for field in schema)
