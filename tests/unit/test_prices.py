"""What goes over the wire costs: exact, by the longest prefix, never rounded away."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from pathlib import Path

import pytest

from reconcile.config.prices import configured_prices, load_prices
from reconcile.errors import BadConfiguration, BadInput, NotFound
from reconcile.model.price import GIGABYTE, Price, PriceList
from reconcile.model.traffic import Traffic
from reconcile.report.numbers import cost_text

NINE_CENTS = Price(Decimal("0.09"), Decimal("0.0004"))
FREE = Price(Decimal(0), Decimal(0))
LIST = """\
currency: USD
prices:
  "s3://": {gigabyte_out: 0.09, thousand_requests: "0.0004"}
  "s3://globalair-backup/": {gigabyte_out: 0, thousand_requests: 0}
"""


def test_a_cost_has_every_digit() -> None:
    assert NINE_CENTS.of(Traffic(1000, GIGABYTE)) == Decimal("0.0904")
    one_byte = NINE_CENTS.of(Traffic(0, 1))
    assert one_byte * GIGABYTE == Decimal("0.09")
    petabyte = NINE_CENTS.of(Traffic(0, GIGABYTE * 2**20 + 1))
    assert petabyte - NINE_CENTS.of(Traffic(0, GIGABYTE * 2**20)) == one_byte


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("s3://bucket/flights/day=1", 1),
        ("s3://bucket", 1),
        ("s3://bucket-2/flights", 0),
        ("s3://bucket/paid/day=1", 2),
        ("s3://bucket/paid", 2),
        ("s3://bucket/paid-not", 1),
        ("az://copy/flights", None),
        ("abfss://lake@account.dfs.core.windows.net/flights", 3),
        ("/folder/s3:/bucket", None),
    ],
)
def test_the_longest_prefix_counts(location: str, expected: int | None) -> None:
    prefixes = ("s3://", "s3://bucket", "s3://bucket/paid/", "az://lake/")
    prices = {prefix: Price(Decimal(n), Decimal(0)) for n, prefix in enumerate(prefixes)}
    found = PriceList("USD", prices).price_at(location)
    assert found == (None if expected is None else prices[prefixes[expected]])


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ("0", "0 USD"),
        ("0.00", "0 USD"),
        ("0.0000026180222", "0.0000026 USD"),
        ("0.005", "0.0050 USD"),
        ("0.12345", "0.12 USD"),
        ("0.999", "1.00 USD"),
        ("1.005", "1.00 USD"),
        ("12345.678", "12,345.68 USD"),
        ("1E-30", "0.0000000000000000000000000000010 USD"),
    ],
)
def test_a_cost_is_never_shown_as_nothing(cost: str, expected: str) -> None:
    assert cost_text(Decimal(cost), "USD") == expected


def test_a_list_is_read_with_every_digit(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(LIST)
    expected = PriceList("USD", {"s3://": NINE_CENTS, "s3://globalair-backup/": FREE})
    assert configured_prices({"RECONCILE_PRICES": str(file)}) == expected


def test_without_the_variable_there_are_no_prices() -> None:
    assert configured_prices({}) is None


def test_an_empty_variable_or_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="RECONCILE_PRICES is empty"):
        configured_prices({"RECONCILE_PRICES": " "})
    with pytest.raises(NotFound, match="absent"):
        configured_prices({"RECONCILE_PRICES": str(tmp_path / "absent.yaml")})


def test_every_problem_of_a_list_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(
        """\
prices:
  "http://bucket": {gigabyte_out: 1, thousand_requests: 1}
  "s3://b": {gigabyte_out: -1, thousand_requests: 1}
  "s3://b/": {gigabyte_out: 1}
  "gs": {gigabyte_out: cheap, thousand_request: 1}
"""
    )
    with pytest.raises(BadConfiguration) as caught:
        load_prices(file)
    problems = "\n".join(caught.value.problems)
    assert f"{file}:1: currency: found nothing; expected the currency" in problems
    assert f"{file}:3: prices.s3://b.gigabyte_out: found the number -1" in problems
    assert f"{file}:4: prices.s3://b/.thousand_requests: found nothing" in problems
    assert f"{file}:5: prices.gs.thousand_request: found the unknown key" in problems
    assert "did you mean 'thousand_requests'?" in problems


@pytest.mark.parametrize("prefix", ["http://bucket", "gs", "/folder", "s3:/bucket", "s3:// x"])
def test_what_is_no_beginning_of_a_location_is_refused(tmp_path: Path, prefix: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(LIST.replace("s3://globalair-backup/", prefix))
    with pytest.raises(BadConfiguration, match="expected the beginning of a location"):
        load_prices(file)


def test_two_prices_for_one_place_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(LIST + '  "s3://globalair-backup": {gigabyte_out: 1, thousand_requests: 1}\n')
    with pytest.raises(BadConfiguration, match="expected one price for one place"):
        load_prices(file)


def test_the_example_of_the_documentation_is_a_price_list(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
    block = guide[guide.index("    currency: ") :].split("\n\n")[0]
    file = tmp_path / "prices.yaml"
    file.write_text(textwrap.dedent(block))
    price = load_prices(file).price_at("s3://globalair-backup/flights")
    assert price == Price(Decimal(0), Decimal("0.0004"))
