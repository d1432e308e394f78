"""Files dealt out to be compared apart: where folders keep a key's rows together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconcile.comparison.hive import folder_type
from reconcile.model.discrepancy import Side
from reconcile.model.rules import ColumnRule, CompareRules

Unit = tuple[str | None, ...]
"""The values of some folder columns: rows of one match key are all in files of one unit."""


@dataclass(frozen=True)
class PlacedFile:
    """A file as its listing tells it.

    Attributes:
        folders: Columns its Hive folders spell, None for NULL.
        size: Its bytes.
        checksums: Of all its bytes: algorithm to base64.
    """

    folders: Mapping[str, str | None]
    size: int
    checksums: Mapping[str, str] = field(default_factory=dict)


def dealt(
    sides: Mapping[Side, Sequence[PlacedFile]], rules: CompareRules, slots: int
) -> Mapping[Side, tuple[int, ...]] | None:
    """The slot of every file, the bytes of both sides together balanced between the slots.

    Args:
        sides: Both sides' files.
        rules: What says which columns are the match key, and their names on the target.
        slots: How many slots there are.

    Returns:
        A number from 0 for every file, in the order given; None where the files' places do not
        say which keys they hold.
    """
    units = units_of(sides, rules)
    if units is None:
        return None
    sizes: dict[Unit, int] = {}
    for side, files in sides.items():
        for unit, file in zip(units[side], files, strict=True):
            sizes[unit] = sizes.get(unit, 0) + file.size
    slot_of = _balanced(sizes, slots)
    return {side: tuple(slot_of[unit] for unit in units[side]) for side in sides}


def units_of(
    sides: Mapping[Side, Sequence[PlacedFile]], rules: CompareRules
) -> Mapping[Side, tuple[Unit, ...]] | None:
    """The unit of every file: files of different units hold no row of one match key.

    Folders that are columns of the match key, on both sides and under no rule, keep the rows of
    one key together: `carrier=AA/` here can match `carrier=AA/` there and nothing else.

    Returns:
        None where there are not two units.
    """
    columns = [name for name in rules.match_key if _keeps_together(name, sides, rules)]
    units = {
        side: tuple(tuple(_value(file, side, name, rules) for name in columns) for file in files)
        for side, files in sides.items()
    }
    many = len({unit for of_side in units.values() for unit in of_side}) > 1
    return units if many else None


def _balanced(sizes: Mapping[Unit, int], slots: int) -> Mapping[Unit, int]:
    """The largest first, each to the slot that has least."""
    loads = [0] * slots
    slot_of: dict[Unit, int] = {}
    spelled = {unit: [(value is not None, value or "") for value in unit] for unit in sizes}
    for unit in sorted(sizes, key=lambda unit: (-sizes[unit], spelled[unit])):
        slot = loads.index(min(loads))
        slot_of[unit] = slot
        loads[slot] += sizes[unit]
    return slot_of


def _keeps_together(
    name: str, sides: Mapping[Side, Sequence[PlacedFile]], rules: CompareRules
) -> bool:
    """Whether a key column is a folder of every file, and equal exactly where its text is."""
    if rules.rule(name) != ColumnRule():
        return False
    if not all(_spelled(side, name, rules) in f.folders for side in sides for f in sides[side]):
        return False
    types = {
        folder_type([_value(file, side, name, rules) for file in files])
        for side, files in sides.items()
        if files
    }
    return len(types) == 1


def _value(file: PlacedFile, side: Side, name: str, rules: CompareRules) -> str | None:
    return file.folders[_spelled(side, name, rules)]


def _spelled(side: Side, name: str, rules: CompareRules) -> str:
    """A source's column name in the side's own spelling."""
    if side is Side.SOURCE:
        return name
    return next((theirs for theirs, ours in rules.rename.items() if ours == name), name)
