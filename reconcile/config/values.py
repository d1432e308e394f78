"""The kinds of single values that configuration files hold, each with its check."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from reconcile.config import duration, secrets
from reconcile.config.cast import EXAMPLES as CAST_EXAMPLES
from reconcile.config.cast import cast_name
from reconcile.config.entry import Finding, refusal, refusal_of, refuse
from reconcile.config.environment import with_environment
from reconcile.config.problem import shown
from reconcile.config.schedule import check_cron
from reconcile.errors import BadInput
from reconcile.history.calendar import zone
from reconcile.model.location import Location
from reconcile.model.size import size_of

T = TypeVar("T")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LARGEST_EXPONENT = 100


def _of_text(read: Callable[[str], T], expected: str) -> PlainValidator:
    """A value written as text, read by a function that raises BadInput."""

    def checked(value: Any) -> T:
        if not isinstance(value, str) or not value:
            raise refusal(shown(value) if value != "" else "empty text", expected)
        try:
            return read(value)
        except BadInput as error:
            raise refusal_of(error) from None

    return PlainValidator(checked)


def _itself(check: Callable[[str], object]) -> Callable[[str], str]:
    def read(text: str) -> str:
        check(text)
        return text

    return read


def _number(value: Any) -> Decimal:
    """A number that was never rounded: of a float the digits it prints."""
    expected = 'a number of 0 or more, such as 0.01 or "0.01"'
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise refusal(shown(value), expected)
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        raise refusal(shown(value), expected) from None
    if not number.is_finite() or number.is_signed() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise refusal(shown(value), expected)
    return number


def _share(value: Any) -> Decimal:
    share = _number(value)
    if share > 1:
        raise refusal(shown(value), "a share from 0 to 1")
    return share


def _percentage(value: Any) -> Decimal:
    expected = "a share such as 5% or 0.05"
    try:
        if isinstance(value, str) and value.endswith("%"):
            return _share(str(_number(value.removesuffix("%").strip()) / 100))
        return _share(value)
    except PydanticCustomError:
        raise refusal(shown(value), expected) from None


def _positive_size(text: str) -> int:
    size = size_of(text)
    if not size:
        raise BadInput("no size", found=repr(text), expected="one byte or more")
    return size


def _day(value: Any) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif type(value) is date:
        return value
    raise refusal(shown(value), "a date such as 2013-01-01")


def _location(value: Any, info: ValidationInfo) -> str:
    expected = "s3://bucket/prefix, az://container/prefix, abfss://… or a local path"
    if not isinstance(value, str) or not value.strip():
        raise refusal(shown(value) if value != "" else "empty text", expected)
    try:
        text = with_environment(value, (info.context or {}).get("environ", {}))
        if secrets.looks_secret(text):
            raise refusal(secrets.SHOWN, "a location without credentials")
        Location.parse(text)
    except BadInput as error:
        raise refusal_of(error) from None
    return text


def _value_map(value: Any) -> dict[str, str | None]:
    if not isinstance(value, dict):
        raise refusal(shown(value), 'a mapping such as {"NEW YORK": NYC}')
    quoted = "text as spelt in the data; put it in quotes"
    wrong = [
        Finding((str(k),), f"{shown(k)} as a key", quoted) for k in value if type(k) is not str
    ]
    wrong += [
        Finding((str(k),), shown(v), quoted)
        for k, v in value.items()
        if v is not None and type(v) is not str
    ]
    refuse(wrong)
    return value


Text = Annotated[str, Field(min_length=1)]
Names = Annotated[list[Text], Field(min_length=1)]
Number = Annotated[Decimal, PlainValidator(_number)]
Share = Annotated[Decimal, PlainValidator(_share)]
Percentage = Annotated[Decimal, PlainValidator(_percentage)]
SideWord = Literal["source", "target"]
Count = Annotated[int, Field(ge=0)]
Day = Annotated[date, PlainValidator(_day)]
Nanoseconds = Annotated[int, _of_text(duration.nanoseconds, duration.EXAMPLES)]
WaitingTime = Annotated[timedelta, _of_text(duration.waiting_time, duration.EXAMPLES)]
Age = Annotated[timedelta, _of_text(duration.age, duration.AGES)]
PositiveSize = Annotated[int, _of_text(_positive_size, "a size such as 200MB or 16MiB")]
Zone = Annotated[str, _of_text(_itself(zone), "a time zone such as America/New_York or UTC")]
Cron = Annotated[str, _of_text(_itself(check_cron), 'five cron fields such as "0 5 * * *"')]
CastName = Annotated[str, _of_text(cast_name, CAST_EXAMPLES)]
LocationText = Annotated[str, PlainValidator(_location)]
ValueMap = Annotated[dict[str, str | None], PlainValidator(_value_map)]
