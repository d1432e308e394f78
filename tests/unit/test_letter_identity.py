"""What makes two dead letters the same one."""

from datetime import UTC, datetime, timedelta, timezone

from reconcile.state.letter_identity import LetterIdentity

START = datetime(2013, 1, 5, tzinfo=UTC)
END = datetime(2013, 1, 6, tzinfo=UTC)
IDENTITY = LetterIdentity("flights", START, END)


def test_every_part_counts() -> None:
    identities = [
        IDENTITY.of("value_mismatch", "both", '{"id":1}', None),
        IDENTITY.of("value_mismatch", "both", '{"id":2}', None),
        IDENTITY.of("duplicate_key", "both", '{"id":1}', None),
        IDENTITY.of("value_mismatch", "source", '{"id":1}', None),
        IDENTITY.of("value_mismatch", "both", '{"id":1}', ""),
        IDENTITY.of("value_mismatch", "both", '{"id":1}', "e"),
        LetterIdentity("flight", START, END).of("value_mismatch", "both", '{"id":1}', None),
        LetterIdentity("flights", END, END + timedelta(1)).of(
            "value_mismatch", "both", '{"id":1}', None
        ),
    ]
    assert len(set(identities)) == len(identities)


def test_parts_cannot_flow_into_one_another() -> None:
    assert IDENTITY.of("a", "bc", "d", None) != IDENTITY.of("ab", "c", "d", None)
    assert IDENTITY.of("a", "1:b", "c", None) != IDENTITY.of("a1", "b", "c", None)


def test_the_window_counts_as_instants() -> None:
    there = timezone(timedelta(hours=-5))
    same = LetterIdentity("flights", START.astimezone(there), END.astimezone(there))
    assert same.of("a", "b", "c", "d") == IDENTITY.of("a", "b", "c", "d")
