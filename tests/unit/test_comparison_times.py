"""Local times, their instants, and times from text, in whole nanoseconds."""

import pytest

from reconcile.comparison.times import instant_of, parsed_date, parsed_time

HOUR = 3_600 * 10**9
NEW_YEAR_2013 = 1_356_998_400 * 10**9


def at(text: str) -> int:
    count = parsed_time(text, "")
    assert count is not None
    return count


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2013-01-05 10:00:00", "UTC", "2013-01-05 10:00:00"),
        ("2013-01-05 10:00:00", "America/New_York", "2013-01-05 15:00:00"),
        ("2013-07-05 10:00:00", "America/New_York", "2013-07-05 14:00:00"),
        ("2013-01-05 10:00:00.000000001", "Asia/Kolkata", "2013-01-05 04:30:00.000000001"),
        ("2013-11-03 01:30:00", "America/New_York", "2013-11-03 05:30:00"),
        ("2013-01-05 10:00:00", "+05:30", "2013-01-05 04:30:00"),
    ],
)
def test_a_local_time_has_the_instant_of_its_zone_and_means_the_first(local, zone, instant):
    assert instant_of(at(local), zone) == at(instant)


@pytest.mark.parametrize(
    ("local", "zone"),
    [("2013-03-10 02:30:00", "America/New_York"), ("2013-10-06 02:15:00", "Australia/Lord_Howe")],
)
def test_a_local_time_that_the_clocks_skip_has_no_instant(local, zone):
    assert instant_of(at(local), zone) is None


@pytest.mark.parametrize("sentinel", ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC"])
def test_sentinel_dates_do_not_overflow(sentinel, zone):
    assert instant_of(at(sentinel), zone) is not None


@pytest.mark.parametrize(
    ("text", "zone", "count"),
    [
        ("2013-01-01", "", NEW_YEAR_2013),
        ("2013-01-01T01:00", "", NEW_YEAR_2013 + HOUR),
        ("2013-01-01 00:00:00.123456789", "", NEW_YEAR_2013 + 123_456_789),
        ("2013-01-01T00:00:00Z", "UTC", NEW_YEAR_2013),
        ("2013-01-01T01:00:00+01:00", "America/New_York", NEW_YEAR_2013),
        ("2012-12-31T19:00:00", "America/New_York", NEW_YEAR_2013),
        ("2013-01-01T00:00:00Z", "", None),
        ("2013-02-30", "", None),
        ("01.01.2013", "", None),
        ("", "", None),
    ],
)
def test_a_text_spells_a_time_or_none(text, zone, count):
    assert parsed_time(text, zone) == count


def test_a_date_cuts_the_time_of_day_off():
    assert parsed_date("2013-01-05T23:59:59.9") == "2013-01-05"
    assert parsed_date("1969-12-31T12:00:00") == "1969-12-31"
    assert parsed_date("5 January") is None
