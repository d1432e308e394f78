"""What the sides took over the wire, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconcile.model.discrepancy import Side
from reconcile.model.price import PriceList, sum_of
from reconcile.model.traffic import Traffic
from reconcile.report.content import WindowReport
from reconcile.report.numbers import bytes_text, cost_text


@dataclass(frozen=True)
class Taken:
    """What a side took, or both.

    Attributes:
        traffic: Requests and bytes; no request where the files lie here.
        cost: What it costs, to the last digit; None where there is no price for it.
    """

    traffic: Traffic
    cost: Decimal | None

    @property
    def is_here(self) -> bool:
        """Whether nothing went over a wire."""
        return self.traffic.requests == 0

    @property
    def bytes_text(self) -> str:
        """The bytes as a person reads them; those of files that lie here were not received."""
        return bytes_text(self.traffic.bytes) + (" read here" if self.is_here else "")

    def cost_text(self, currency: str) -> str:
        """The cost as a person reads it."""
        return "no price" if self.cost is None else cost_text(self.cost, currency)


def taken(
    windows: Sequence[WindowReport], side: Side, prices: PriceList | None = None
) -> Taken | None:
    """What one side took in all windows together; None where it was not counted."""
    parts = [_taken(window, side, prices) for window in windows if window.result is not None]
    known = [part for part in parts if part is not None]
    return together(known) if known and len(known) == len(parts) else None


def both(windows: Sequence[WindowReport], prices: PriceList | None = None) -> Taken | None:
    """What both sides took in all windows together; None where one was not counted."""
    source = taken(windows, Side.SOURCE, prices)
    target = taken(windows, Side.TARGET, prices)
    return None if source is None or target is None else together([source, target])


def sides(
    windows: Sequence[WindowReport], prices: PriceList | None = None
) -> tuple[tuple[str, Taken], ...]:
    """What each side took in all windows together, and both; those left out were not counted."""
    return told({side: taken(windows, side, prices) for side in (Side.SOURCE, Side.TARGET)})


def told(parts: Mapping[Side, Taken | None]) -> tuple[tuple[str, Taken], ...]:
    """The parts of the sides that are known, by name, and `both` where both are."""
    known = [(side.value, part) for side, part in parts.items() if part is not None]
    if len(known) == len(parts):
        known.append(("both", together([part for _, part in known])))
    return tuple(known)


def together(parts: Sequence[Taken]) -> Taken:
    """The sum; its cost is not known where one of them is not."""
    costs = [part.cost for part in parts if part.cost is not None]
    return Taken(
        sum((part.traffic for part in parts), start=Traffic()),
        sum_of(costs) if len(costs) == len(parts) else None,
    )


def _taken(window: WindowReport, side: Side, prices: PriceList | None) -> Taken | None:
    result = window.result
    if result is None or side not in result.requests or side not in result.bytes_read:
        return None
    traffic = Traffic(result.requests[side], result.bytes_read[side])
    pinned = window.source if side is Side.SOURCE else window.target
    return Taken(traffic, cost(traffic, pinned.location if pinned else None, prices))


def cost(traffic: Traffic, location: str | None, prices: PriceList | None) -> Decimal | None:
    """What traffic with a location costs; None where there is no price for it."""
    if prices is None:
        return None
    if traffic.requests == 0:
        return Decimal(0)  # nothing went over a wire
    price = None if location is None else prices.price_at(location)
    return None if price is None else price.of(traffic)
