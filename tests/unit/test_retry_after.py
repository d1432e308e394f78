"""How long a service asks to be left alone, in any of its spellings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.stores.retry_after import retry_after

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"x-amz-retry-after": "20"}, 0.02),
        ({"retry-after": "3", "retry-after-ms": "9"}, 3.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:00 GMT"}, None),  # since when, nobody says
        ({"retry-after": "Sun, 22 Nov 2026 12:00:00", "date": "Sun, 22 Nov 2026 12:00:00"}, None),
    ],
    ids=str,
)
def test_spellings(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("seconds", [-60, 0, 90])
def test_a_date_counts_from_the_answers_own_clock(seconds: int) -> None:
    headers = {
        "Date": format_datetime(NOW, usegmt=True),
        "Retry-After": format_datetime(NOW + timedelta(seconds=seconds), usegmt=True),
    }
    assert retry_after(headers) == max(0, seconds)


@given(st.text(), st.text())
def test_whatever_is_said_is_a_number_or_nothing(text: str, date: str) -> None:
    asked = retry_after({"Retry-After": text, "Date": date})
    assert asked is None or 0 <= asked < float("inf")
