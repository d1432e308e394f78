"""How complete a dataset's destination is: by the ledger, and by what the origin holds now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from reconcile.history.completeness import Standing, StandingState
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_reporting import standings_of, watermark_of
from reconcile.jobs.sync_work import SyncWork
from reconcile.model.dataset import Dataset
from reconcile.model.ledger import Equality, LedgerEntry, WindowState
from reconcile.model.sync import OnUnproven, SyncRules
from reconcile.model.window import Window
from reconcile.report.numbers import counted
from reconcile.report.sync_content import SyncStatusReport, SyncTrouble, Undone

_LISTED_AT_ONCE = 8
_NAMED = 20
"""Objects that a status names of each window; how many there are stands beside them."""


@dataclass(frozen=True)
class Moved:
    """What the origin holds of a window that the ledger does not know as done.

    Attributes:
        objects: All that it holds.
        arrived: Objects that no sync has seen.
        rewritten: Objects that are others than the ones that were synchronised.
        undone: Objects that a sync has seen and not done, as one that was killed leaves them.
    """

    objects: int
    arrived: int
    rewritten: int
    undone: int

    def __bool__(self) -> bool:
        return bool(self.arrived or self.rewritten or self.undone)

    def __str__(self) -> str:
        parts = [(self.arrived, "arrived"), (self.rewritten, "rewritten")]
        moved = " and ".join(f"{counted(n, 'object')} {word}" for n, word in parts if n)
        told = [f"{moved} at the origin since"] if moved else []
        if self.undone:
            told.append(f"{counted(self.undone, 'object')} left undone by a sync that did not end")
        return ", ".join(told)


def looked_at(work: SyncWork, windows: Sequence[Window]) -> dict[str, Moved]:
    """Lists some windows at the origin, by their names.

    Raises:
        Incomplete, BadInput: As the stores say: what could not be listed is not known.
    """
    with ThreadPoolExecutor(_LISTED_AT_ONCE) as pool:
        found = pool.map(lambda window: _moved(work, window), windows)
        return {window.name: moved for window, moved in zip(windows, found, strict=True)}


def behind(setting: Setting, dataset: Dataset, windows: Sequence[Window]) -> tuple[Window, ...]:
    """Those windows of which the origin holds what is not, or not proven, at the destination.

    Raises what `looked_at` raises.
    """
    with SyncWork.open(setting, dataset) as work:
        return behind_of(work, windows)


def behind_of(work: SyncWork, windows: Sequence[Window]) -> tuple[Window, ...]:
    """As `behind`, of a dataset whose stores are open."""
    synced = work.setting.state.sync_ledger.windows(work.dataset.name, work.place)
    found = looked_at(work, windows)

    def is_behind(window: Window) -> bool:
        known, moved = synced.get(window.name), found[window.name]
        complete = known is not None and known.state is WindowState.COMPLETE
        return bool(moved) or (moved.objects > 0 and not complete)

    return tuple(window for window in windows if is_behind(window))


def sync_status(
    setting: Setting, dataset: Dataset, windows: Sequence[Window] | None = None, *, look: bool
) -> SyncStatusReport:
    """How every expected window stands, or those that are asked for.

    Args:
        setting: Where syncs run.
        dataset: The dataset.
        windows: Which; all that are expected if None.
        look: Whether the origin is listed, so that late and rewritten data is seen.

    Raises:
        BadInput: The dataset is not synchronised.
    """
    work = SyncWork.open(setting, dataset)
    stand = standings_of(setting, dataset, work.place)
    wanted = None if windows is None else {window.name for window in windows}
    shown = [one for one in stand if wanted is None or one.window.name in wanted]
    if look:
        due = [one.window for one in shown if one.state is not StandingState.NOT_DUE]
        with work:
            found = looked_at(work, due)
        shown = [_seen(one, found.get(one.window.name)) for one in shown]
        by_name = {one.window.name: one for one in shown}
        stand = tuple(by_name.get(one.window.name, one) for one in stand)
    return SyncStatusReport(
        dataset=dataset.name,
        origin=work.rules.origin,
        destination=work.rules.destination,
        made_at=setting.now(),
        standings=tuple(shown),
        looked=look,
        watermark=watermark_of(stand),
        undone=_undone(work, shown),
    )


def _moved(work: SyncWork, window: Window) -> Moved:
    ledger = work.setting.state.sync_ledger
    listed = work.sides(window).origin.listed()
    entries = ledger.entries(work.dataset.name, work.place, window.name)
    known = [(info, entries[name]) for name, info in listed.items() if name in entries]
    same = [entry for info, entry in known if entry.origin.etag == info.etag]
    return Moved(
        len(listed),
        arrived=len(listed) - len(known),
        rewritten=len(known) - len(same),
        undone=sum(1 for entry in same if not _is_done(entry, work.rules)),
    )


def _is_done(entry: LedgerEntry, rules: SyncRules) -> bool:
    accepted = rules.unproven is OnUnproven.ACCEPT and entry.equality is Equality.UNPROVEN
    return accepted or entry.equality is Equality.PROVEN


def _seen(standing: Standing, moved: Moved | None) -> Standing:
    """A standing, once the origin was listed."""
    if moved is None or standing.state is StandingState.GAP:
        return standing
    if standing.state is StandingState.LATE and moved.objects:
        reason = f"{counted(moved.objects, 'object')} at the origin, never synchronised"
        return replace(standing, state=StandingState.INCOMPLETE, reason=reason)
    if standing.state is StandingState.COMPLETE and moved:
        return replace(standing, state=StandingState.INCOMPLETE, reason=str(moved))
    return standing


def _undone(work: SyncWork, standings: Iterable[Standing]) -> Mapping[str, Undone]:
    """What incomplete windows lack, by the ledger."""
    ledger, dataset = work.setting.state.sync_ledger, work.dataset.name
    holes = [one.window.name for one in standings if one.state is StandingState.INCOMPLETE]
    synced = ledger.windows(dataset, work.place)
    troubles = ledger.troubles(dataset, work.place, holes, limit=_NAMED)
    return {
        window: Undone(
            max(len(entries), synced[window].missing if window in synced else 0),
            tuple(SyncTrouble(one.name, _lacks(one), "") for one in entries),
        )
        for window, entries in troubles.items()
    }


def _lacks(entry: LedgerEntry) -> Equality:
    return entry.equality
