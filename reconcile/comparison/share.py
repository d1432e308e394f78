"""A share of a comparison: the rows of some of the match keys, the same keys on both sides.

Every key belongs to exactly one share, so shares can be compared apart from each other and what
they found can be added up. The hash of the keys decides, whatever the files look like, so shares
are of about one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from reconcile.comparison.verdict import judge
from reconcile.errors import BadInput, Unbalanced
from reconcile.model.result import ComparisonResult, Proof, total
from reconcile.model.rules import CompareRules


@dataclass(frozen=True)
class Share:
    """The share `number` (from 0) of `of` shares.

    Raises:
        BadInput: There is no such share.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.of:
            raise BadInput(
                "no such share of a comparison",
                found=f"number {self.number} of {self.of}",
                expected=f"0 to {self.of - 1}" if self.of > 0 else "at least one share",
            )

    @property
    def is_whole(self) -> bool:
        """Whether this share is everything."""
        return self.of == 1

    def __str__(self) -> str:
        return f"{self.number + 1} of {self.of}"


WHOLE = Share(0, 1)


def added_up(
    results: Sequence[ComparisonResult], rules: CompareRules, *, promised: tuple[int, int]
) -> ComparisonResult:
    """The result of a comparison whose shares were compared apart.

    Args:
        results: One a share, of which there is at least one.
        rules: Whose thresholds judge the sums.
        promised: The source's and the target's rows, as the files' footers say.

    Raises:
        Unbalanced: The shares' rows do not add up to what was promised, or they saw other columns.
    """
    first = results[0]
    if any(result.schema != first.schema for result in results):
        raise Unbalanced(
            "the shares of a comparison saw different columns",
            expected="the same findings in each, since each reads every file",
        )
    counts = total([result.counts for result in results])
    if (counts.source_rows, counts.target_rows) != promised:
        raise Unbalanced(
            "the rows of the shares are not the rows that the files' footers promise",
            found=f"{counts.source_rows} source and {counts.target_rows} target rows",
            expected=f"{promised[0]} and {promised[1]}",
        )
    return replace(
        first,
        verdict=judge(counts, first.schema, rules.thresholds),
        counts=counts,
        columns={
            name: replace(
                column, mismatched=sum(result.columns[name].mismatched for result in results)
            )
            for name, column in first.columns.items()
        },
        proof=Proof(
            **{
                field.name: sum(getattr(result.proof, field.name) for result in results)
                for field in fields(Proof)
            }
        ),
        strategy=" and ".join(sorted({result.strategy for result in results})),
        seconds=max(result.seconds for result in results),
        bytes_read=_by_side([result.bytes_read for result in results]),
        requests=_by_side([result.requests for result in results]),
    )


def _by_side(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The figures of each side added up; of one that is not known everywhere there is none."""
    return {
        side: sum(part[side] for part in parts)
        for side in parts[0]
        if all(side in part for part in parts)
    }
