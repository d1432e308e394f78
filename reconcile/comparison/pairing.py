"""Objects that need not be read, since the other side has the same bytes in the same folders.

Where both sides hold the same objects, they hold the same rows, and rows that are equal on both
sides cancel one for one (`semantics.md` section 3): leaving such pairs out changes no count of the
others but one. A row whose key is found only among the objects left out looks like one that is
missing, where it is a `duplicate_key`; whoever leaves objects out has to look there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence

from reconcile.comparison.dealing import PlacedFile
from reconcile.model.discrepancy import Side
from reconcile.model.objects import PROOFS
from reconcile.model.rules import CompareRules

Sides = Mapping[Side, Sequence[PlacedFile]]
Positions = Mapping[Side, frozenset[int]]


def bytes_decide(rules: CompareRules) -> bool:
    """Whether objects of the same bytes surely hold equal rows under the rules.

    Not where a rule rewrites or renames one side only, where a value may equal nothing (a local
    time that does not exist), or where a key may be refused (one that cannot be cast).
    """
    return (
        not rules.rename
        and rules.assume_timezone is None
        and not any(rule.map for rule in rules.columns.values())
        and not any(rules.rule(name).cast for name in rules.match_key)
    )


def of_one_size(sides: Sides) -> Positions:
    """Objects that have one of their size in the same folders on the other side."""
    found = {side: {(_folders(file), file.size) for file in files} for side, files in sides.items()}
    both = frozenset.intersection(*map(frozenset, found.values()))
    return {
        side: frozenset(
            position for position, file in enumerate(files) if (_folders(file), file.size) in both
        )
        for side, files in sides.items()
    }


def same_bytes(sides: Sides) -> Positions:
    """Objects that pair off with one of the same size and checksum in the same folders.

    Returns:
        As many of each side, by position.
    """
    left = {side: set(range(len(files))) for side, files in sides.items()}
    for algorithm in PROOFS:
        _pair_off(sides, left, lambda file, of=algorithm: _content(file, of))  # type: ignore[misc]
    return {
        side: frozenset(range(len(files))) - frozenset(left[side]) for side, files in sides.items()
    }


def _pair_off(
    sides: Sides, left: Mapping[Side, set[int]], content: Callable[[PlacedFile], Hashable | None]
) -> None:
    """Takes pairs of one content out of what is left."""
    source, target = (
        [(position, content(sides[side][position])) for position in sorted(left[side])]
        for side in (Side.SOURCE, Side.TARGET)
    )
    counts = Counter(one for _, one in source) & Counter(one for _, one in target)
    for side, contents in ((Side.SOURCE, source), (Side.TARGET, target)):
        wanted = dict(counts)
        for position, one in contents:
            if one is not None and wanted.get(one, 0):
                wanted[one] -= 1
                left[side].remove(position)


def _content(file: PlacedFile, algorithm: str) -> Hashable | None:
    checksum = file.checksums.get(algorithm)
    return None if checksum is None else (_folders(file), file.size, checksum)


def _folders(file: PlacedFile) -> frozenset[tuple[str, str | None]]:
    return frozenset(file.folders.items())
