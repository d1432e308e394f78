"""Copies of objects that are proven equal: read pinned, checked on the way, visible only then.

A small object goes in one request on either side. A larger one goes in parts, each with a checksum
that the destination's service checks; put together they must be the checksum that the origin's
service vouches for before anything is committed. Whatever stops a copy in between, nothing is
there, and the next one goes on with the parts that are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing, suppress
from dataclasses import replace

from reconcile.errors import (
    AccessDenied,
    AlreadyExists,
    BadInput,
    Changed,
    NotFound,
    ReconcileError,
    Transient,
)
from reconcile.model.ledger import Equality
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Unfinished
from reconcile.stores.arriving import END_BYTES, Arriving
from reconcile.stores.checksum import (
    Verifier,
    can_compute,
    combined_crc64nvme,
    require_crc64nvme,
)
from reconcile.stores.copy_journal import NO_JOURNAL, Journal, Progress, Uploads, pin_of
from reconcile.stores.proof import (
    OURS,
    Copied,
    Reader,
    Way,
    judged,
    proven,
    ranges,
    where,
    with_vouched,
)
from reconcile.stores.protocol import (
    CannotFetch,
    ContainerMissing,
    CutShort,
    Store,
)
from reconcile.stores.refusals import already_there, changed
from reconcile.stores.sent_parts import Fetching, Parts, Sender

MOST_PARTS = 10_000
"""What S3 takes at most of one object; Blob Storage takes more."""


class Copier:
    """Copies objects from one store to another; safe to share between threads.

    Args:
        origin: The store that is read.
        destination: The store that is written.
        journal: Keeps uploads that have begun; `NO_JOURNAL` keeps nothing.
        part_size: Bytes. Objects up to it are copied whole, larger ones in parts of it, or in
            larger ones where they would be too many.
        server_side: Whether the destination's service may be asked to fetch large objects; or
            what other copiers between the same stores have learned of that.
        at_once: Bytes. Objects up to it that are larger than a part go in one request all the
            same, while they arrive, where their MD5 is told. They are not gone on with when that
            breaks off: they are begun anew, part by part.
        workers: Copy parts of one object at once, never more of them in memory than there are
            workers; not those that call `copy`. None is one part after the other.
        on_bytes: Is told of bytes as they have arrived.
        clock: Seconds that pass.

    Raises:
        BadInput: CRC-64/NVME cannot be computed here.
    """

    def __init__(
        self,
        origin: Store,
        destination: Store,
        *,
        journal: Journal,
        part_size: int,
        server_side: bool | Fetching,
        at_once: int = 0,
        workers: Executor | None = None,
        on_bytes: Callable[[int], None] = lambda _count: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        require_crc64nvme()
        self._origin = origin
        self._destination = destination
        self._journal = journal
        self._part_size = part_size
        self._on_bytes = on_bytes
        self._clock = clock
        self._uploads = Uploads(destination, journal)
        self._reader = Reader(part_size, workers)
        fetching = Fetching(server_side) if isinstance(server_side, bool) else server_side
        self._sender = Sender(origin, fetching=fetching, workers=workers)
        self._at_once = at_once

    def copy(self, pinned: ObjectInfo, name: str, *, replaces: str | None = None) -> Copied:
        """Copies the pinned object.

        Args:
            pinned: As the origin listed it.
            name: The destination's.
            replaces: The tag of what it replaces there; None where nothing may be there.

        Returns:
            What was written. It is UNPROVEN where the destination's service says nothing of what
            it has taken; then `prove` reads it.

        Raises:
            Changed: The origin's object is no longer the pinned one, or the destination's not the
                one to be replaced; `CutShort` where bytes were lost on the way.
            AlreadyExists: Other bytes are there already.
            Transient: A store does not answer; what was sent is kept for the next try.
        """
        if pinned.size <= self._part_size:
            return self._copied_whole(pinned, name, replaces)
        if self._may_go_at_once(pinned, name):
            pinned = with_vouched(self._origin, pinned)
            if pinned.md5 is not None:
                copied = self._fetched(pinned, name, replaces) or self._copied_at_once(
                    pinned, name, replaces
                )
                if copied is not None:
                    return copied
        return self._copied_in_parts(pinned, name, replaces)

    def prove(self, origin: ObjectInfo, destination: ObjectInfo) -> Copied:
        """Whether both have the same bytes: by what is vouched for, else by reading them.

        Raises:
            Changed: One of them is no longer the pinned one.
            Transient: A store does not answer.
        """
        return proven(self._origin, origin, self._destination, destination, reader=self._reader)

    def clean_up(self, unfinished: Unfinished) -> None:
        """Gives an upload to the destination up, and forgets it.

        Of one whose id was never written down, those are given up that were not there before.
        """
        self._uploads.clean_up(unfinished)

    def _copied_whole(self, pinned: ObjectInfo, name: str, replaces: str | None) -> Copied:
        data, checksums = self._origin.get_whole(pinned)
        origin = replace(pinned, checksums=checksums)
        written = self._settled(
            lambda: self._destination.put(
                name, data, create_only=replaces is None, if_match=replaces
            ),
            origin,
            name,
            replaces,
        )
        self._on_bytes(len(data))
        return judged(origin, written, OURS, way=Way.STREAMED, end=data[-END_BYTES:])

    def _may_go_at_once(self, pinned: ObjectInfo, name: str) -> bool:
        return (
            pinned.size <= self._at_once
            and pinned.md5 is not None
            and None not in (self._origin.traffic, self._destination.traffic)
            # What was begun in parts is gone on with.
            and self._journal.find(self._destination.address, name) is None
        )

    def _fetched(self, origin: ObjectInfo, name: str, replaces: str | None) -> Copied | None:
        """The copy, fetched by the destination's service; None where it fetches nothing."""
        if not self._sender.may_be_fetched(origin):
            return None
        try:
            return self._copied_in_parts(origin, name, replaces, or_at_once=True)
        except CannotFetch:  # it has said so of the first part, and was given nothing
            return None

    def _copied_at_once(self, origin: ObjectInfo, name: str, replaces: str | None) -> Copied | None:
        """The copy, sent in one request while it arrived; None where it has to go in parts."""
        with closing(Arriving(self._origin, origin, on_bytes=self._on_bytes)) as arriving:
            try:
                written = self._settled(
                    lambda: self._destination.put_arriving(name, arriving, if_match=replaces),
                    origin,
                    name,
                    replaces,
                )
            except ReconcileError as error:
                failure = arriving.failure or error
                if not isinstance(failure, Transient | CutShort):
                    raise failure from None
                if arriving.is_whole and isinstance(failure, CutShort):
                    self._at_once = 0  # what it says of MD5s may not be so of the others either
                arriving.begin()  # so much has not arrived after all
                return None
            checksums = {**origin.checksums, **arriving.checksums()}
            origin = replace(origin, checksums=checksums)
            copied = judged(origin, written, OURS, way=Way.STREAMED, end=arriving.end)
            if copied.equality is Equality.UNPROVEN:
                copied = replace(self.prove(origin, written), way=copied.way, end=copied.end)
            if copied.equality is not Equality.DIFFERENT:
                return copied
            # The service has heeded no MD5. What it has made visible must not stay.
            self._at_once = 0
            self._destination.delete(name, if_match=written.etag)
            arriving.begin()
        return None

    def _copied_in_parts(
        self, pinned: ObjectInfo, name: str, replaces: str | None, *, or_at_once: bool = False
    ) -> Copied:
        origin = with_vouched(self._origin, pinned)
        there = self._there(origin, name, replaces)
        if there is not None:  # an earlier one was killed before it could say so
            self._give_up(name)
            return there
        part_size = max(self._part_size, -(-origin.size // MOST_PARTS))
        pin = pin_of(self._origin.address, origin, part_size=part_size)
        unfinished, upload = self._uploads.begun(name, pin)
        parts = Parts(
            origin,
            upload,
            dict(enumerate(ranges(origin.size, part_size))),
            _other_checksums(origin),
            or_at_once,
        )
        try:
            with Progress(self._journal, unfinished, clock=self._clock) as progress:
                copied = self._filled(parts, progress, name, replaces)
        except BaseException as error:
            if self._journal is NO_JOURNAL or _is_over(error):
                with suppress(ReconcileError):  # else it stays in the journal
                    self.clean_up(replace(unfinished, upload=upload.id))
            raise
        self._journal.forget(self._destination.address, name)
        return copied

    def _there(self, origin: ObjectInfo, name: str, replaces: str | None) -> Copied | None:
        """The copy, where it is there already; None where it is still to be made.

        Raises:
            AlreadyExists, Changed: Something else is there, and it would be in vain to send parts.
        """
        place = where(self._destination, name)
        try:
            there = self._destination.head(name)
        except ContainerMissing:
            return None  # a folder may have to be made yet; else the upload says so
        except NotFound:
            if replaces is None:
                return None
            raise changed(place) from None
        if there.etag == replaces:
            return None
        found = self.prove(origin, there)
        if found.equality is Equality.PROVEN:
            return found
        raise already_there(place) if replaces is None else changed(place)

    def _give_up(self, name: str) -> None:
        unfinished = self._journal.find(self._destination.address, name)
        if unfinished is not None:
            self.clean_up(unfinished)

    def _filled(self, parts: Parts, progress: Progress, name: str, replaces: str | None) -> Copied:
        way, end = Way.SERVER_SIDE, b""
        self._on_bytes(sum(part.size for part in progress.parts.values()))
        for sent in self._sender.sent(parts, set(progress.parts)):
            progress.sent(sent.number, sent.part)
            self._on_bytes(sent.part.size)
            way = Way.STREAMED if sent.way is Way.STREAMED else way
            end = sent.end or end
        in_order = [progress.parts[number] for number in parts.ranges]
        crc64nvme = combined_crc64nvme(in_order)
        origin = self._vouched(parts, crc64nvme)
        written = self._settled(
            lambda: parts.upload.commit(in_order, crc64nvme=crc64nvme, if_match=replaces),
            origin,
            name,
            replaces,
            given_up=parts.upload.abort,
        )
        return judged(origin, written, OURS, way=way, end=end)

    def _vouched(self, parts: Parts, crc64nvme: str) -> ObjectInfo:
        """The origin with the checksum of what was read, which no vouched-for one contradicts."""
        origin = parts.origin
        found = {OURS: crc64nvme}
        if parts.hashed is not None:
            found |= parts.hashed.computed()
        for algorithm, expected in origin.checksums.items():
            if found.get(algorithm, expected) != expected:
                raise Changed(
                    f"{where(self._origin, origin.name)} arrived with other bytes than the store "
                    "vouches for",
                    found=f"{algorithm} {found[algorithm]}",
                    expected=expected,
                    next_step="run again; if it stays, the object is corrupt in the store",
                )
        return replace(origin, checksums={**origin.checksums, **found})

    def _settled(
        self,
        write: Callable[[], ObjectInfo],
        origin: ObjectInfo,
        name: str,
        replaces: str | None,
        given_up: Callable[[], None] = lambda: None,
    ) -> ObjectInfo:
        """What a conditional write has written, also where only its answer was lost.

        Whoever asks again after a lost answer, as the SDKs do, is told that somebody was there.
        Where an earlier one had written it all, `given_up` is called of this one.
        """
        try:
            return write()
        except (Transient, Changed, AlreadyExists):
            arrived = self._arrived(origin, name, replaces)
            if arrived is None:
                raise
            given_up()
            return arrived

    def _arrived(self, origin: ObjectInfo, name: str, replaces: str | None) -> ObjectInfo | None:
        try:
            there = self._destination.head(name)
        except NotFound:
            return None
        if there.etag == replaces:
            return None
        found = self.prove(origin, there)
        return found.destination if found.equality is Equality.PROVEN else None


def _is_over(error: BaseException) -> bool:
    """Whether going on with the same upload cannot help."""
    return isinstance(error, Changed | BadInput) and not isinstance(error, CutShort | AccessDenied)


def _other_checksums(origin: ObjectInfo) -> Verifier | None:
    """Computes what the origin's service vouches for where that cannot be put together of parts."""
    computable = {name: sum for name, sum in origin.checksums.items() if can_compute(name)}
    return Verifier(computable) if computable and OURS not in computable else None
