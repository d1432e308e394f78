"""The fingerprint of a bag of rows: a few sums that stand for all of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fingerprint:
    """Sums over the hashes of a bag of rows, each hash a number from 0 to 2^63 - 1.

    Bags of equal rows have equal fingerprints, in whatever order and files the rows lie. Others
    have equal ones only where three exact sums of hashes meet by chance (`docs/decisions.md`).

    Attributes:
        rows: How many rows.
        null_key_rows: Rows with a NULL in the match key.
        key_sum: The sum of the hashes of their match keys.
        row_sum: The sum of the hashes of their other compared columns.
        guard_sum: The sum of the hashes of both together.
    """

    rows: int
    null_key_rows: int
    key_sum: int
    row_sum: int
    guard_sum: int

    def __add__(self, other: Fingerprint) -> Fingerprint:
        """The fingerprint of both bags together."""
        return Fingerprint(
            self.rows + other.rows,
            self.null_key_rows + other.null_key_rows,
            self.key_sum + other.key_sum,
            self.row_sum + other.row_sum,
            self.guard_sum + other.guard_sum,
        )


NO_ROWS = Fingerprint(0, 0, 0, 0, 0)
"""The fingerprint of nothing."""
