"""What lies at a destination after a restore, against what the snapshot says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from reconcile.errors import Changed, NotFound
from reconcile.jobs.footers import end_of
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.destination import Destination, beside
from reconcile.jobs.snapshots.restoring.restored import NAMED
from reconcile.jobs.snapshots.restoring.survey import Survey
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject
from reconcile.stores.protocol import ContainerMissing, Store

_FOOTER = 64 * 1024
"""What counting an object's rows holds, at most as a rule."""


@dataclass
class Reconciled:
    """What was found.

    Attributes:
        counted: Rows that the footers of what lies there tell.
        problems: What is wrong, a line each, the first hundred.
        wrong: How many things are.
        extras: Names of what lies there and is not the snapshot's, the first hundred.
        extra_objects: How many there are.
    """

    counted: int = 0
    problems: list[str] = field(default_factory=list)
    wrong: int = 0
    extras: list[str] = field(default_factory=list)
    extra_objects: int = 0

    def took_problem(self, line: str) -> None:
        """Takes in what is wrong."""
        self.wrong += 1
        if len(self.problems) < NAMED:
            self.problems.append(line)

    def took_extra(self, name: str) -> None:
        """Takes in what is not the snapshot's."""
        self.extra_objects += 1
        if len(self.extras) < NAMED:
            self.extras.append(name)


class _Looked(NamedTuple):
    rows: int
    problem: str | None


_Numbered = tuple[int, SavedObject | None, ObjectInfo | None]


def reconciled(
    contents: Contents, destination: Destination, lanes: Lanes, survey: Survey
) -> Reconciled:
    """Lists the destination anew, and counts the rows of what lies there by its footers.

    Args:
        contents: What was restored.
        destination: Where to.
        lanes: Threads.
        survey: What is known of it: the tag of each object, and the rows left out of it.
    """
    found, expected = Reconciled(), 0

    def looked_at(numbered: _Numbered) -> tuple[_Numbered, _Looked]:
        number, saved, there = numbered
        if saved is None:
            return numbered, _Looked(0, None)
        return numbered, _looked_at(destination.store, survey, number, saved, there)

    numbered = _numbered(contents, destination)
    for (number, saved, there), looked in lanes.in_order(numbered, looked_at, size_of=_held):
        found.counted += looked.rows
        if saved is not None and saved.rows is not None:
            expected += saved.rows - survey.erased.get(number, 0)
        if looked.problem is not None:
            found.took_problem(looked.problem)
        if saved is None and there is not None and contents.wants(there.name):
            found.took_extra(there.name)
    if found.counted != expected and not found.problems:
        found.took_problem(f"{found.counted} rows lie there, and {expected} should")
    return found


def _numbered(contents: Contents, destination: Destination) -> Iterator[_Numbered]:
    number = -1
    for saved, there in beside(contents.objects(), destination.listed()):
        number += saved is not None
        yield number, saved, there


def _held(numbered: _Numbered) -> int | None:
    _, saved, there = numbered
    return None if saved is None or there is None or saved.rows is None else _FOOTER


def _looked_at(
    store: Store, survey: Survey, number: int, saved: SavedObject, there: ObjectInfo | None
) -> _Looked:
    if there is None:
        return _Looked(0, f"{saved.name!r} is not there")
    erased = survey.erased.get(number, 0)
    if not survey.has_tag(number, there.etag) or (not erased and there.size != saved.size):
        return _Looked(0, f"{saved.name!r} was changed by somebody else since it was written")
    if saved.rows is None:
        return _Looked(0, None)
    # Arrow takes a third of a second to import, which who restores no Parquet need not wait for.
    from reconcile.engines.footer import footer_facts  # noqa: PLC0415

    try:
        facts = footer_facts(end_of(store, there))
    except ContainerMissing:
        raise
    except (Changed, NotFound):
        return _Looked(0, f"{saved.name!r} was changed by somebody else since it was written")
    if facts is None:
        return _Looked(0, f"{saved.name!r} has no footer that can be read")
    if facts.rows != saved.rows - erased:
        expected = f"{saved.rows - erased}" + (f", {erased} of {saved.rows} erased" * bool(erased))
        return _Looked(facts.rows, f"{saved.name!r} has {facts.rows} rows, and not {expected}")
    if saved.schema is not None and facts.schema != saved.schema:
        return _Looked(facts.rows, f"{saved.name!r} has other columns than were saved")
    return _Looked(facts.rows, None)
