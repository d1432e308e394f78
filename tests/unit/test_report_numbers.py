from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.rules import Threshold
from reconcile.report.numbers import (
    bytes_text,
    count_text,
    counted,
    instant_text,
    limit_text,
    seconds_text,
    share_text,
)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        pytest.param(0, 7, "0 %", id="nothing"),
        pytest.param(7, 7, "100 %", id="everything"),
        pytest.param(0, 0, "no rows", id="of nothing there is no share"),
        pytest.param(1, 3, "33.33 %", id="two decimals are enough"),
        pytest.param(999_998, 1_000_000, "99.9998 %", id="as many digits as it takes"),
        pytest.param(1, 1_000_000, "0.0001 %", id="one in a million"),
        pytest.param(10**12 - 1, 10**12, ">99.999999 %", id="the bound past six decimals"),
        pytest.param(1, 10**12, "<0.000001 %", id="the lower bound"),
        pytest.param(2**63 - 1, 2**63, ">99.999999 %", id="exact past 2^53"),
    ],
)
def test_a_share_shows_enough_digits(part: int, whole: int, shown: str) -> None:
    assert share_text(part, whole) == shown


@given(whole=st.integers(2, 10**30), data=st.data())
def test_a_share_is_never_all_or_nothing_when_it_is_not(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(1, whole - 1))
    shown = share_text(part, whole)
    assert shown not in ("0 %", "100 %")
    number = Decimal(shown.strip("<>% "))
    assert 0 < number < 100
    exact = Decimal(part) * 100 / Decimal(whole)
    if shown.startswith(">"):
        assert exact >= number - Decimal("0.000001")
    elif shown.startswith("<"):
        assert exact <= number
    else:
        assert abs(exact - number) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (count_text(1_234_567), "1,234,567"),
        (count_text(None), "not known"),
        (counted(1, "row"), "1 row"),
        (counted(0, "row"), "0 rows"),
        (bytes_text(999), "999 bytes"),
        (bytes_text(1_234_567), "1.2 MB"),
        (bytes_text(999_999), "1.0 MB"),
        (seconds_text(0.4249), "0.42 s"),
        (seconds_text(59.97), "1 min 0 s"),
        (seconds_text(3_780), "1 h 3 min"),
        (instant_text(None), "not known"),
    ],
)
def test_figures_read_well(shown: str, expected: str) -> None:
    assert shown == expected


def test_an_instant_is_shown_in_utc() -> None:
    new_york = timezone(timedelta(hours=-5))
    assert instant_text(datetime(2013, 1, 5, 20, tzinfo=new_york)) == "2013-01-06 01:00:00 UTC"
    assert instant_text(datetime(2013, 1, 5, 20, tzinfo=UTC)) == "2013-01-05 20:00:00 UTC"


@pytest.mark.parametrize(
    ("threshold", "shown"),
    [
        (None, "none"),
        (Threshold(), "none"),
        (Threshold(rows=0, share=Decimal("0.5")), "none"),
        (Threshold(rows=1), "at most 1 row"),
        (Threshold(rows=1000, share=Decimal("0.0001")), "at most 1,000 rows and 0.01 %"),
        (Threshold(share=Decimal(1)), "at most 100 %"),
    ],
)
def test_a_limit_says_what_it_allows(threshold: Threshold | None, shown: str) -> None:
    assert limit_text(threshold) == shown
