"""Our expectations as Great Expectations' own objects.

Imports Great Expectations (10 s): imported only inside the functions that need it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from reconcile.errors import BadConfiguration
from reconcile.model.expectation import Expectation
from reconcile.quality.library import (
    NativeExpectation,
    ValidationError,
    get_expectation_impl,
    quiet,
)


@dataclass(frozen=True)
class Native:
    """A Great Expectations expectation, with the set members that it must get at run time.

    Attributes:
        expectation: The object; its `meta` holds our id.
        parameters: Values that its stored form cannot hold, by parameter name.
    """

    expectation: NativeExpectation
    parameters: Mapping[str, Any] = field(default_factory=dict)


def native(expectation: Expectation, arguments: Mapping[str, Any], *, number: int = 0) -> Native:
    """Builds one expectation; `number` keeps its parameters apart from others of a suite.

    Raises:
        BadConfiguration: Great Expectations does not accept the arguments.
    """
    given = dict(arguments)
    parameters = {}
    if _has_typed_members(given.get("value_set")):
        # Suites are stored as JSON before they run, which makes floats and texts of these.
        name = f"members_{number}"
        parameters[name] = list(given["value_set"])
        given["value_set"] = {"$PARAMETER": name}
    meta = {"id": expectation.id}
    with quiet():
        implementation = get_expectation_impl(expectation.type)
        try:
            built = implementation(**given, severity=expectation.severity.value, meta=meta)
        except ValidationError as error:
            known = implementation.__fields__
            raise BadConfiguration(_problems(expectation.type, error, known)) from None
    return Native(built, parameters)


def _has_typed_members(value_set: Any) -> bool:
    return isinstance(value_set, list | tuple) and any(
        isinstance(value, Decimal | date) for value in value_set
    )


def _problems(name: str, error: ValidationError, known: Mapping[str, Any]) -> list[str]:
    """One line for each wrong argument; a union reports every branch, the first one is enough."""
    first: dict[str, dict[str, Any]] = {}
    for found in error.errors():
        first.setdefault(".".join(str(part) for part in found["loc"]), found)
    return [_problem(name, argument, found, known) for argument, found in first.items()]


def _problem(name: str, argument: str, found: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    if found["type"] == "value_error.extra":
        near = get_close_matches(argument, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"{name}: unknown argument {argument!r}{hint}"
    if found["type"] == "value_error.missing":
        return f"{name}: argument {argument!r} is required"
    text = re.sub(r"\s+", " ", str(found["msg"]))
    if argument == "__root__":
        return f"{name}: {text}"
    return f"{name}: argument {argument!r}: {text}"
