"""The mirror of repositories' ledgers: what they said when they were last read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from reconcile.errors import NotFound, Tampered
from reconcile.state.pieces import pieces
from reconcile.state.schema import snapshot_ledger
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert

_lines = snapshot_ledger.c


class SnapshotLedger:
    """Lines by repository and number. They are added, and never changed nor removed.

    Whoever rewrites a repository's ledger does not reach this one.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def keep(self, repository: str, lines: Sequence[tuple[int, str, str]]) -> None:
        """Keeps lines, all or none; those that are known already are compared.

        Args:
            repository: The repository's id.
            lines: Number, digest and text of each.

        Raises:
            Tampered: A line that is known had another digest.
        """
        given = {sequence: digest for sequence, digest, _ in lines}
        insert = upsert(snapshot_ledger, dialect=self._transactions.dialect)
        with self._transactions.write() as connection:
            known = dict(_digests(connection, repository))
            _refuse_others(repository, known, given)
            rows = [
                {"repository": repository, "sequence": sequence, "digest": digest, "line": text}
                for sequence, digest, text in sorted(lines)
                if sequence not in known
            ]
            if not rows:
                return
            connection.execute(insert.on_conflict_do_nothing(), rows)
            # Somebody else may have kept one of them meanwhile.
            kept: dict[int, str] = {}
            for some in pieces(row["sequence"] for row in rows):
                found = select(_lines.sequence, _lines.digest).where(
                    _lines.repository == repository, _lines.sequence.in_(some)
                )
                kept.update((row.sequence, row.digest) for row in connection.execute(found))
            _refuse_others(repository, kept, given)

    def lines(self, repository: str) -> list[tuple[int, str]]:
        """Number and digest of every line of a repository that is known, by number."""
        with self._transactions.read() as connection:
            return _digests(connection, repository)

    def text(self, repository: str, sequence: int) -> str:
        """A line as it was kept.

        Raises:
            NotFound: None of that number is known.
        """
        with self._transactions.read() as connection:
            found = connection.scalar(
                select(_lines.line).where(
                    _lines.repository == repository, _lines.sequence == sequence
                )
            )
        if found is None:
            raise NotFound(
                f"no line {sequence} of the ledger of repository {repository} is known",
                next_step="read the repository once: reconcile snapshot verify",
            )
        return str(found)


def _digests(connection: Connection, repository: str) -> list[tuple[int, str]]:
    wanted = (
        select(_lines.sequence, _lines.digest)
        .where(_lines.repository == repository)
        .order_by(_lines.sequence)
    )
    return [(row.sequence, row.digest) for row in connection.execute(wanted)]


def _refuse_others(repository: str, known: dict[int, str], given: dict[int, str]) -> None:
    for sequence in sorted(known.keys() & given.keys()):
        if known[sequence] != given[sequence]:
            raise Tampered(
                f"line {sequence} of the ledger of repository {repository} is another than before",
                found=given[sequence],
                expected=known[sequence],
                next_step="find out who wrote to the repository; nothing is added to it meanwhile",
            )
