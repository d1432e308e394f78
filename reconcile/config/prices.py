"""The price list: a YAML file that `RECONCILE_PRICES` names."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field

from reconcile.config.checked import checked, file_document
from reconcile.config.entry import Entry, Finding
from reconcile.config.problem import shown
from reconcile.config.values import Number, Text
from reconcile.errors import BadInput
from reconcile.model.price import Price, PriceList

VARIABLE = "RECONCILE_PRICES"

_PREFIX = re.compile(r"(s3|az|abfss)://([^/\s]+(/\S*)?)?")
_EXPECTED = "the beginning of a location, such as s3://, s3://bucket/ or az://container/"


class PriceEntry(Entry):
    """What one place asks."""

    gigabyte_out: Number = Field(description="the price of 2^30 bytes that leave it")
    thousand_requests: Number = Field(description="the price of 1,000 requests")

    def price(self) -> Price:
        """What it says."""
        return Price(self.gigabyte_out, self.thousand_requests)


class PriceListEntry(Entry):
    """The whole file."""

    currency: Text = Field(description="the currency of every price, such as USD")
    prices: dict[Text, PriceEntry] = Field(
        min_length=1, description="a mapping such as {s3://: {gigabyte_out: 0.09, …}}"
    )

    def findings(self) -> Iterator[Finding]:
        """What is no beginning of a location, and two prices for one."""
        spelt = Counter(prefix.rstrip("/") for prefix in self.prices)
        for prefix in self.prices:
            if not _PREFIX.fullmatch(prefix):
                yield Finding(("prices", prefix), shown(prefix), _EXPECTED)
            elif spelt[prefix.rstrip("/")] > 1 and not prefix.endswith("/"):
                found = f"{shown(prefix)} beside {shown(prefix + '/')}"
                yield Finding(("prices", prefix), found, "one price for one place")

    def price_list(self) -> PriceList:
        """What it says."""
        return PriceList(
            self.currency, {prefix: entry.price() for prefix, entry in self.prices.items()}
        )


def prices_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file that `RECONCILE_PRICES` names; None where it is not set.

    Raises:
        BadInput: The variable is set and empty.
    """
    name = environ.get(VARIABLE)
    if name is None:
        return None
    if not name.strip():
        raise BadInput(
            f"{VARIABLE} is empty", expected="a YAML file", next_step="set it to one, or unset it"
        )
    return Path(name)


def load_prices(path: Path) -> PriceList:
    """The price list of a file.

    Raises:
        BadConfiguration: The file is wrong; every problem, with its line.
        NotFound: There is no such file.
        AccessDenied, Unreadable: It cannot be read.
    """
    document = file_document(path)
    return checked(
        PriceListEntry, document, next_step=f"correct the file in {VARIABLE}"
    ).price_list()


def configured_prices(environ: Mapping[str, str] = os.environ) -> PriceList | None:
    """The prices that the environment names, if it names any.

    Raises:
        As `prices_file` and `load_prices`.
    """
    path = prices_file(environ)
    return None if path is None else load_prices(path)
