"""What a report on a historical sync shows, as values: everything was counted before it comes here.

`origin` is the side that was copied, `destination` the one that was made complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconcile.errors import BadInput
from reconcile.history.completeness import Standing
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import Equality, WindowState
from reconcile.model.price import PriceList
from reconcile.model.traffic import Traffic

TROUBLES_SHOWN = 100
"""Objects of a window that a report names; how many there are stands beside them."""


@dataclass(frozen=True)
class SyncTrouble:
    """One object that is not done.

    Attributes:
        name: Below the window's partition.
        equality: What is known of its copy: `absent`, `different` or `unproven`.
        reason: Why it is not done, in one line; empty where nobody tried.
    """

    name: str
    equality: Equality
    reason: str = ""


@dataclass(frozen=True)
class SyncFigures:
    """Objects of one window by what became of them; each counted once.

    What the origin holds is kept, proved, copied, replaced, accepted, absent, different or
    unproven. What the destination holds besides is deleted or left.

    Attributes:
        objects: What the origin holds.
        bytes: Their size together.
        kept: Nothing was to be done: proven by an earlier sync and unchanged on both sides since,
            or of one checksum that both services vouch for.
        proved: Found at the destination, and proven equal now; nothing was written.
        copied: Not there before; copied, and proven equal.
        replaced: Something else was there; copied over it, and proven equal.
        accepted: At the destination, not proven, and the dataset takes that for done.
        absent: Not done: not at the destination.
        different: Not done: something else is at the destination.
        unproven: Not done: at the destination, proven neither equal nor different.
        deleted: Deleted at the destination, since the origin has them no more.
        left: The origin does not have them, the destination still does.
        written_bytes: Size of the copied and the replaced.
        streamed: Of the proven: their bytes passed through the worker.
        server_side: Of the proven: the destination's service fetched them by itself.
        compared: Of the proven: nothing was written; the checksums of both sides were compared,
            worked out by reading where nobody vouches for one.
    """

    objects: int = 0
    bytes: int = 0
    kept: int = 0
    proved: int = 0
    copied: int = 0
    replaced: int = 0
    accepted: int = 0
    absent: int = 0
    different: int = 0
    unproven: int = 0
    deleted: int = 0
    left: int = 0
    written_bytes: int = 0
    streamed: int = 0
    server_side: int = 0
    compared: int = 0

    @property
    def proven(self) -> int:
        """Objects that are proven equal, by this sync or an earlier one."""
        return self.kept + self.proved + self.copied + self.replaced

    @property
    def done(self) -> int:
        """Objects that nothing is left to do for."""
        return self.proven + self.accepted

    @property
    def undone(self) -> int:
        """Objects that are not done."""
        return self.absent + self.different + self.unproven


@dataclass(frozen=True)
class SyncWindowReport:
    """One window's sync.

    Attributes:
        window: The window's name.
        run_id: None for a window that no run came to.
        state: How it stands; None where the run did not come so far.
        error: The one line it failed with.
        origin_location: Where the origin's partition lies.
        destination_location: Where the destination's lies.
        figures: What became of its objects; None where that is not known.
        gap: Why nobody expects the window, where it is empty and declared a gap.
        deletes_stopped: Why nothing was deleted, and how to go on, in one line.
        may_be_approved: Whether somebody's word would let those deletes go.
        troubles: The first objects that are not done, at most `TROUBLES_SHOWN`.
        traffic: Requests, and bytes that arrived, by side; empty where nobody counted.
        seconds: How long it took.
        report: Where this window's HTML report lies.
    """

    window: str
    run_id: str | None
    state: WindowState | None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    origin_location: str | None = None
    destination_location: str | None = None
    figures: SyncFigures | None = None
    gap: str | None = None
    deletes_stopped: str | None = None
    may_be_approved: bool = False
    troubles: tuple[SyncTrouble, ...] = ()
    traffic: Mapping[Side, Traffic] = field(default_factory=dict)
    seconds: float | None = None
    report: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nothing about this window asks for a reader's attention."""
        return (
            (self.state is WindowState.COMPLETE or self.gap is not None)
            and self.error is None
            and self.deletes_stopped is None
        )

    def location(self, side: Side, *, origin: Side) -> str | None:
        """Where a side's partition lies, `origin` being the side that is copied."""
        return self.origin_location if side is origin else self.destination_location


@dataclass(frozen=True)
class SyncReport:
    """A dataset's sync over one window or a span of them, oldest first.

    Attributes:
        origin: The side that is copied.
        destination: The side that is made complete.
        watermark: The newest window up to which everything expected is complete; None where
            the first is not.
        standings: How expected windows stand after it, oldest first, for the calendar; those of
            `windows` alone are drawn where there are none.
        prices: What goes over the wire costs by them; None shows no cost.

    Raises:
        BadInput: There is no window to report on.
    """

    dataset: str
    origin: Side
    destination: Side
    windows: tuple[SyncWindowReport, ...]
    made_at: datetime
    description: str = ""
    owner: str = ""
    timezone: str = "UTC"
    watermark: str | None = None
    standings: tuple[Standing, ...] = ()
    prices: PriceList | None = None

    def __post_init__(self) -> None:
        if not self.windows:
            raise BadInput(
                f"a report on the sync of {self.dataset} has no window",
                expected="at least one run",
                next_step="see `reconcile runs list` for what ran",
            )


@dataclass(frozen=True)
class Undone:
    """What a window lacks: how many objects, and the first of them."""

    objects: int
    troubles: tuple[SyncTrouble, ...] = ()


@dataclass(frozen=True)
class SyncStatusReport:
    """How complete a dataset's destination is, told from the ledger.

    Attributes:
        origin: The side that is copied.
        destination: The side that is made complete.
        watermark: As of a `SyncReport`.
        standings: Every expected window that was asked for, oldest first.
        undone: What the incomplete ones lack, by window, where that is known.
        looked: Whether the origin was listed now, so that late and rewritten data is seen.
    """

    dataset: str
    origin: Side
    destination: Side
    made_at: datetime
    standings: tuple[Standing, ...]
    looked: bool
    watermark: str | None = None
    undone: Mapping[str, Undone] = field(default_factory=dict)
