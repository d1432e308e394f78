"""Any history of runs, against a plain dictionary that says what should come of it."""

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from reconcile.state.database import State
from reconcile.state.letter_routing import RoutedCounts
from reconcile.state.schema import dead_letters
from tests.integration.letters import Letter, routed

Key = tuple[str, str, str | None, int]


@dataclass
class Book:
    """The dead letters of one window, kept the obvious way."""

    status: dict[Key, str] = field(default_factory=dict)
    hashes: dict[Key, str] = field(default_factory=dict)

    def route(self, letters: list[Letter], *, close_unseen: bool) -> RoutedCounts:
        seen = numbered(letters)
        opened = [key for key in seen if key not in self.status]
        reopened = [key for key in seen if self.status.get(key) == "resolved"]
        closed = [
            key
            for key, status in self.status.items()
            if close_unseen and key not in seen and status == "open"
        ]
        self.hashes |= seen
        self.status |= dict.fromkeys(seen, "open") | dict.fromkeys(closed, "resolved")
        again = len(seen) - len(opened) - len(reopened)
        return RoutedCounts(len(opened), len(reopened), again, len(closed))


def numbered(letters: list[Letter]) -> dict[Key, str]:
    equals = defaultdict(list)
    for letter in letters:
        equals[letter.kind, letter.match_key, letter.expectation_id].append(letter.row_hash)
    return {
        (*identity, number): row_hash
        for identity, hashes in equals.items()
        for number, row_hash in enumerate(sorted(hashes), start=1)
    }


def letter(row_hash: str, **parts: str | None) -> Letter:
    return Letter(row_hash=row_hash, reason=row_hash, **parts)  # type: ignore[arg-type]


letters = st.builds(
    letter,
    match_key=st.sampled_from(['{"id":1}', '{"id":2}', '{"id":null}']),
    kind=st.sampled_from(["duplicate_key", "missing_in_target"]),
    expectation_id=st.sampled_from([None, "", "e"]),
    row_hash=st.sampled_from(["a", "B", "b"]),
)
runs = st.lists(st.tuples(st.lists(letters, max_size=12), st.booleans()), max_size=4)


@settings(max_examples=15, deadline=None)
@given(runs)
def test_letters_are_what_the_plain_book_says_and_repeating_changes_nothing(
    runs: list[tuple[list[Letter], bool]],
) -> None:
    book = Book()
    with (
        tempfile.TemporaryDirectory() as folder,
        State.open(f"sqlite:///{Path(folder) / 'state.db'}") as state,
    ):
        for number, (seen, close_unseen) in enumerate(runs):
            # The same letters in another order are the same letters.
            said = [
                routed(state, f"r{number}", order, close_unseen=close_unseen)
                for order in (seen, seen[::-1])
            ]
            assert said == [book.route(seen, close_unseen=close_unseen)] * 2
        assert in_database(state) == (book.status, book.hashes)


def in_database(state: State) -> tuple[dict[Key, str], dict[Key, str]]:
    """Status and row hash by identity; the hash travels in the reason."""
    with state._transactions.read() as connection:
        rows = connection.execute(select(dead_letters)).all()
    keys = [(row.kind, row.match_key, row.expectation_id, row.number) for row in rows]
    return (
        {key: row.status for key, row in zip(keys, rows, strict=True)},
        {key: row.reason for key, row in zip(keys, rows, strict=True)},
    )
