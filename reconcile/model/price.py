"""Prices: what the clouds ask for what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from reconcile.model.location import Location, Scheme
from reconcile.model.traffic import Traffic

GIGABYTE = 2**30
"""Bytes of the gigabyte that the clouds put a price on."""

_ENOUGH_DIGITS = 500


@dataclass(frozen=True)
class Price:
    """What one place asks.

    Attributes:
        gigabyte_out: For 2^30 bytes that leave it.
        thousand_requests: For 1,000 requests.
    """

    gigabyte_out: Decimal
    thousand_requests: Decimal

    def of(self, traffic: Traffic) -> Decimal:
        """What this traffic costs, to the last digit."""
        with localcontext(prec=_ENOUGH_DIGITS):
            gigabytes = Decimal(traffic.bytes) / GIGABYTE
            thousands = Decimal(traffic.requests) / 1000
            return gigabytes * self.gigabyte_out + thousands * self.thousand_requests


def sum_of(costs: Iterable[Decimal]) -> Decimal:
    """Several costs together, to the last digit."""
    with localcontext(prec=_ENOUGH_DIGITS):
        return sum(costs, start=Decimal(0))


@dataclass(frozen=True)
class PriceList:
    """Prices by the beginning of a location.

    Attributes:
        currency: As people write it, such as USD.
        prices: By `s3://`, `az://container/`, `s3://bucket/prefix/` …; the longest that a
            location lies below counts.
    """

    currency: str
    prices: Mapping[str, Price]

    def price_at(self, location: str) -> Price | None:
        """The price of a location, written as a report writes it; None where the list has none."""
        below = [prefix for prefix in self.prices if _lies_below(location, prefix)]
        return self.prices[max(below, key=len)] if below else None


def _lies_below(location: str, prefix: str) -> bool:
    return any(f"{name}/".startswith(f"{prefix.rstrip('/')}/") for name in _spellings(location))


def _spellings(location: str) -> list[str]:
    """A location as written and, where it names its own account, without it."""
    place = Location.parse(location)
    if place.scheme is Scheme.AZURE and place.endpoint_host:
        return [str(place), f"{place.scheme}://{place.container}/{place.path}"]
    return [str(place)]
