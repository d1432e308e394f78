import pytest

from reconcile.report.strip import SHARE_HEIGHT, matched_height, missed_depth, short_count, strip

from .report_samples import failed, result, window


def test_only_a_full_match_fills_its_bar() -> None:
    assert matched_height(result(matched=720).counts, 100) == 100
    nearly = result(matched=10_000_000, value_mismatch=1).counts
    assert matched_height(nearly, 100) <= 97
    assert matched_height(result(matched=1, value_mismatch=10_000_000).counts, 100) >= 3
    assert matched_height(result(matched=0, value_mismatch=1).counts, 100) == 0


def test_one_row_among_millions_is_still_to_be_seen() -> None:
    assert missed_depth(1, 10_000_000, 60) >= 10
    assert missed_depth(10_000_000, 10_000_000, 60) == 60
    assert missed_depth(0, 10, 60) == 0


def test_a_day_without_a_run_keeps_its_place() -> None:
    picture = strip([window("2013-01-30"), failed("2013-02-01", "denied")])
    assert [bar.label for bar in picture.bars] == ["30", "31", "01"]
    assert [bar.period for bar in picture.bars] == ["Jan 2013", "", "Feb 2013"]
    assert [bar.empty for bar in picture.bars] == [False, True, True]
    assert picture.bars[2].title == "2013-02-01: no verdict, denied"


def test_a_bar_says_in_words_what_it_shows() -> None:
    (bar,) = strip([window(compared=result(matched=708, value_mismatch=12))]).bars
    assert bar.title == ("2013-01-05: breached, 98.33 % of 720 rows match, 12 rows disagree")
    assert 0 < bar.matched < SHARE_HEIGHT


def test_a_long_span_grows_wider_and_keeps_its_bars_apart() -> None:
    picture = strip([window(f"2013-01-01T{hour:02}") for hour in range(24)] * 20)
    ends = [bar.x + bar.width for bar in picture.bars]
    assert all(end < later.x for end, later in zip(ends, picture.bars[1:], strict=False))
    assert picture.width >= ends[-1]
    assert sum(bool(bar.label) for bar in picture.bars) < len(picture.bars)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(9_999, "9,999"), (19_999, "19k"), (999_999, "999k"), (3_456_789, "3.4M")],
)
def test_a_count_on_a_bar_is_never_rounded_up(count: int, shown: str) -> None:
    assert short_count(count) == shown
