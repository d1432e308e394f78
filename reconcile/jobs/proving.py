"""Which objects need not be read, since their rows are proven equal without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import TypeAlias

from reconcile.comparison.pairing import bytes_decide, of_one_size, same_bytes
from reconcile.jobs.knowledge import Knowledge, Place, place_of
from reconcile.jobs.sides import SideAtWork
from reconcile.model.discrepancy import Side
from reconcile.model.fingerprint import NO_ROWS, Fingerprint
from reconcile.model.result import Counts
from reconcile.model.rules import CompareRules

Sides: TypeAlias = Mapping[Side, SideAtWork]
Names: TypeAlias = Mapping[Side, Sequence[str]]
Folder: TypeAlias = frozenset[tuple[str, str | None]]
"""What some objects' Hive folders spell, by the source's names."""

_WORTH_READING_TWICE = 64 * 1024**2
"""Bytes on this machine's disk below which `auto` reads rows at once, which tells more."""


def _none() -> dict[Side, set[str]]:
    return {Side.SOURCE: set(), Side.TARGET: set()}


@dataclass
class Proven:
    """Objects that are proven equal, each by its name.

    Attributes:
        by_checksum: Their bytes are the same.
        by_fingerprint: Their folders' rows have the same fingerprint.
    """

    by_checksum: dict[Side, set[str]] = field(default_factory=_none)
    by_fingerprint: dict[Side, set[str]] = field(default_factory=_none)

    def of(self, side: Side) -> set[str]:
        """All of a side."""
        return self.by_checksum[side] | self.by_fingerprint[side]

    def forget(self, names: Names) -> None:
        """Takes objects out that are read after all."""
        for side, some in names.items():
            self.by_checksum[side].difference_update(some)
            self.by_fingerprint[side].difference_update(some)


def every_object(sides: Sides) -> dict[Side, list[str]]:
    """The names of all objects."""
    return {side: list(one.objects) for side, one in sides.items()}


def proven_by_checksum(
    sides: Sides, names: Names, rules: CompareRules, *, whatever_the_size: bool
) -> dict[Side, set[str]]:
    """Objects of which the other side has one with the same bytes in the same folders.

    Args:
        sides: Both sides.
        names: Those objects that matter.
        rules: Under which same bytes need not be equal rows.
        whatever_the_size: Also where the bytes lie on this disk and are few.
    """
    placed = {side: one.placed(names[side]) for side, one in sides.items()}
    likely = of_one_size(placed)
    if not bytes_decide(rules) or not _same_folder_columns(sides) or not likely[Side.SOURCE]:
        return _none()
    wanted = {side: [names[side][position] for position in sorted(likely[side])] for side in sides}
    here = all(one.lies_here for one in sides.values())
    amount = sum(one.size for side in sides for one in placed[side])
    if here and not whatever_the_size and amount < _WORTH_READING_TWICE:
        return _none()
    # What a service can be asked comes first, then what has to be read.
    in_turn = sorted(sides, key=lambda side: sides[side].lies_here)
    if all(sides[side].vouches_for(wanted[side]) for side in in_turn):
        for side in in_turn:
            sides[side].find_checksums(wanted[side])
    found = same_bytes({side: one.placed(names[side]) for side, one in sides.items()})
    return {side: {names[side][position] for position in found[side]} for side in sides}


def _same_folder_columns(sides: Sides) -> bool:
    """Whether folders spell the same columns on both sides.

    A column that a folder spells anywhere on a side wins over every file's own of that name.
    """
    columns = [
        {name for spelled in one.folders.values() for name in spelled} for one in sides.values()
    ]
    return columns[0] == columns[1]


def folders_of(
    sides: Sides, names: Names, rules: CompareRules
) -> dict[Folder, dict[Side, list[str]]]:
    """Some objects of both sides by what their folders spell."""
    found: dict[Folder, dict[Side, list[str]]] = {}
    for side, one in sides.items():
        spelled = rules.rename if side is Side.TARGET else {}
        for name in names[side]:
            folder = frozenset((spelled.get(c, c), v) for c, v in one.folders[name].items())
            found.setdefault(folder, {s: [] for s in sides})[side].append(name)
    return found


@dataclass(frozen=True)
class Memory:
    """The fingerprints of folders that are remembered.

    Args:
        sides: Both sides.
        rules: Where folders have other names on the target.
        bases: What each side's hashes depend on beside bytes.
        knowledge: Who remembers.
    """

    sides: Sides
    rules: CompareRules
    bases: Mapping[Side, str]
    knowledge: Knowledge

    @property
    def remembers(self) -> bool:
        """Whether a fingerprint that is found out can be kept."""
        here = all(one.lies_here for one in self.sides.values())
        return self.knowledge.state is not None and not here

    def proven(self, names: Names) -> dict[Side, set[str]]:
        """Of some objects those whose folder has the same fingerprint on both sides, or which
        all together have: rows may lie in other folders here than there."""
        folders = folders_of(self.sides, names, self.rules)
        known = self._fingerprints(folders)
        wholes = [
            reduce(add, (known[side, folder] for folder in folders), NO_ROWS)
            for side in self.sides
            if all((side, folder) in known for folder in folders)
        ]
        if len(wholes) == len(self.sides) and wholes[0] == wholes[1]:
            return {side: set(names[side]) for side in self.sides}
        proven = _none()
        for folder, objects in folders.items():
            ours, theirs = (known.get((side, folder)) for side in (Side.SOURCE, Side.TARGET))
            if ours is not None and ours == theirs:
                for side in self.sides:
                    proven[side].update(objects[side])
        return proven

    def null_key_rows(self, names: Names) -> int | None:
        """Rows of the source with a NULL in the match key, of objects that nobody read.

        Returns:
            None where it is not known of all.
        """
        folders = folders_of(self.sides, {**names, Side.TARGET: ()}, self.rules)
        known = self._fingerprints(folders)
        found = [known.get((Side.SOURCE, folder)) for folder in folders]
        told = [one.null_key_rows for one in found if one is not None]
        return sum(told) if len(told) == len(found) else None

    def keep(
        self, found: Mapping[tuple[Side, Folder], Fingerprint], folders: Mapping[Folder, Names]
    ) -> None:
        """Remembers the fingerprints of some objects that were read.

        Args:
            found: By side and folder.
            folders: The objects, by folder.
        """
        self.knowledge.keep(
            {
                self._place(side, folders[folder][side]): fingerprint
                for (side, folder), fingerprint in found.items()
                if self._can_be_known(side, folders[folder][side])
            }
        )

    def _fingerprints(
        self, folders: Mapping[Folder, Names]
    ) -> Mapping[tuple[Side, Folder], Fingerprint]:
        places = {
            (side, folder): self._place(side, objects[side])
            for folder, objects in folders.items()
            for side in self.sides
            if self._can_be_known(side, objects[side])
        }
        known = self.knowledge.fingerprints(list(places.values()))
        empty = {
            (side, folder): NO_ROWS
            for folder, objects in folders.items()
            for side in self.sides
            if not objects[side]
        }
        return empty | {key: known[place] for key, place in places.items() if place in known}

    def _can_be_known(self, side: Side, names: Sequence[str]) -> bool:
        """Whether there are objects, and each has a tag that changes with it."""
        one = self.sides[side]
        return bool(names) and not one.lies_here and all(one.objects[name].etag for name in names)

    def _place(self, side: Side, names: Sequence[str]) -> Place:
        one = self.sides[side]
        objects = [one.objects[name] for name in names]
        return place_of(one.listing, one.folders[names[0]], objects, self.bases[side])


def counts_of(sides: Sides, names: Mapping[Side, Iterable[str]], null_keys: int | None) -> Counts:
    """The counts of objects that are proven equal: every row matches."""
    rows = {side: one.rows(names[side]) for side, one in sides.items()}
    return Counts(
        source_rows=rows[Side.SOURCE],
        target_rows=rows[Side.TARGET],
        matched=rows[Side.SOURCE],
        null_key_rows_source=null_keys,
        null_key_rows_target=null_keys,
        repeated_keys=None,
    )
