"""Figures as people read them: exact counts, and shares that never round to all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from reconcile.model.rules import Threshold

_FEWEST_DECIMALS = 2
_MOST_DECIMALS = 6
NOT_KNOWN = "not known"


def count_text(count: int | None) -> str:
    """An exact count with thousands separators; `not known` for None."""
    return NOT_KNOWN if count is None else f"{count:,}"


def rows_text(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return counted(count, "row")


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural unless it is one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def share_text(part: int, whole: int, *, of: str = "rows") -> str:
    """`part` of `whole` in percent, `0 %` and `100 %` only where exactly that is meant.

    Two decimals, or as many as it takes to tell it from 0 and 100; past six decimals the
    bound is said instead: `>99.999999 %`. Of nothing there is no share: `no rows`, or what they
    are shares `of`.
    """
    if whole == 0:
        return f"no {of}"
    if part in (0, whole):
        return "0 %" if part == 0 else "100 %"
    with localcontext() as context:
        context.prec = 60
        percent = Decimal(part) * 100 / Decimal(whole)
        for decimals in range(_FEWEST_DECIMALS, _MOST_DECIMALS + 1):
            rounded = percent.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
            if 0 < rounded < 100:
                return f"{rounded} %"
    return "<0.000001 %" if part * 2 < whole else ">99.999999 %"


def bytes_text(size: int) -> str:
    """A size in decimal units: `512 bytes`, `1.2 MB`."""
    if size < 1000:
        return counted(size, "byte")
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.95 or unit == "PB":
            break
    return f"{value:,.1f} {unit}"


def cost_text(cost: Decimal, currency: str) -> str:
    """A cost with its currency: `12.30 USD`; below one of it with two digits that say something."""
    if cost == 0:
        return f"0 {currency}"
    decimals = 2 if cost >= 1 else 1 - cost.adjusted()
    with localcontext(prec=500):
        rounded = cost.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return f"{rounded:,f} {currency}"


def exact_text(number: Decimal) -> str:
    """Every digit of a number, and no zero behind the last."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def seconds_text(seconds: float) -> str:
    """A duration: `0.42 s`, `12.3 s`, `2 min 5 s`, `1 h 3 min`."""
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def instant_text(instant: datetime | None) -> str:
    """An instant in UTC to the second; `not known` for None."""
    if instant is None:
        return NOT_KNOWN
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def limit_text(threshold: Threshold | None) -> str:
    """What a threshold allows: `none`, `at most 5 rows and 0.01 %`."""
    if threshold is None or threshold == Threshold() or 0 in (threshold.rows, threshold.share):
        return "none"
    limits = []
    if threshold.rows is not None:
        limits.append(rows_text(threshold.rows))
    if threshold.share is not None:
        limits.append(f"{exact_text(threshold.share * 100)} %")
    return "at most " + " and ".join(limits)
