"""The price list that the environment names."""

from __future__ import annotations

from collections.abc import Mapping

from reconcile.model.price import PriceList


def named_prices(environ: Mapping[str, str]) -> PriceList | None:
    """The prices of `RECONCILE_PRICES`; None where nobody has set it.

    Raises:
        BadInput, BadConfiguration: It names no file, or not one of prices.
    """
    if "RECONCILE_PRICES" not in environ:
        return None
    # pydantic and YAML take a quarter of a second, which whoever sets no prices need not wait for.
    from reconcile.config.prices import configured_prices  # noqa: PLC0415

    return configured_prices(environ)
