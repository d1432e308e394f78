"""Which snapshot a text asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconcile.errors import BadInput
from reconcile.jobs.snapshots.asking import Asked, asked

ZONE = "America/New_York"
ID = "20131105T070000Z-flights-1f3a9c2e"


@pytest.mark.parametrize("text", [None, "", "  "])
def test_nothing_asks_for_the_newest(text: str | None) -> None:
    assert asked(text, timezone=ZONE) == Asked()


@pytest.mark.parametrize("text", [ID, ID[:16], ID[:8], f" {ID} "])
def test_an_id_and_its_beginning_are_no_time(text: str) -> None:
    assert asked(text, timezone=ZONE) == Asked(id=text.strip())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2013-11-05T07:00Z", datetime(2013, 11, 5, 7, tzinfo=UTC)),
        ("2013-11-05T07:00+01:00", datetime(2013, 11, 5, 6, tzinfo=UTC)),
        ("2013-11-05 07:00", datetime(2013, 11, 5, 12, tzinfo=UTC)),  # on the dataset's clock
        ("2013-11-05T07:00:07Z", datetime(2013, 11, 5, 7, 0, 7, 999999, UTC)),
        ("2013-11-05T07:00:07.25Z", datetime(2013, 11, 5, 7, 0, 7, 250000, UTC)),
        # A day of 25 hours, up to its end there.
        ("2013-11-03", datetime(2013, 11, 4, 5, tzinfo=UTC) - timedelta(microseconds=1)),
    ],
)
def test_a_time_is_a_time(text: str, at: datetime) -> None:
    assert asked(text, timezone=ZONE) == Asked(at=at)


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T23:59", "0001-01-01T00:00+10:00"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a time that a snapshot can have"):
        asked(text, timezone=ZONE)
