"""A rotating share of the data: what one verification reads, so that in turn all is read."""

from __future__ import annotations

from math import ceil

from reconcile.errors import BadInput

_MOST_ROUNDS = 1_000_000
_DIGITS = 15  # of an id, which are as good as random


def rounds(share: float) -> int:
    """After how many rounds everything was read once; 0 where nothing is ever read.

    Args:
        share: 0 to 1.

    Raises:
        BadInput: It is another number.
    """
    if not 0 <= share <= 1:
        raise BadInput("no such share of the data", found=str(share), expected="0 to 1")
    if share * _MOST_ROUNDS <= 1:
        return _MOST_ROUNDS if share > 0 else 0
    return ceil(1 / share - 1e-9)


def in_share(chunk_id: str, share: float, round: int) -> bool:
    """Whether a chunk is read in this round.

    A chunk is read in exactly one of `rounds(share)` rounds that follow each other, whatever else
    is in the repository, so what is new takes its turn as well.

    Args:
        chunk_id: Hexadecimal.
        share: 0 to 1; 1 reads everything in every round.
        round: Counted on from one verification to the next.

    Raises:
        BadInput: The share is another number.
    """
    turns = rounds(share)
    return turns > 0 and int(chunk_id[:_DIGITS], 16) % turns == round % turns
