"""An entry: one mapping of a configuration file, checked so that every problem is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError
from pydantic import model_validator as validated
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from reconcile.config.problem import Path, Problem, shown
from reconcile.errors import BadInput

_KIND = "finding"
_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_too_long": "text of {max_length} characters at most",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list, such as [a, b]",
    "too_short": "a list that is not empty",
    "dict_type": "a mapping",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
    "enum": "{expected}",
}


@dataclass(frozen=True)
class Finding:
    """One thing wrong below a value, `where` counted from that value."""

    where: Path
    found: str
    expected: str

    def details(self) -> InitErrorDetails:
        """The same in pydantic's words."""
        error = refusal(self.found, self.expected)
        return InitErrorDetails(type=error, loc=self.where, input=None)


def refusal(found: str, expected: str) -> PydanticCustomError:
    """What a validator raises for a value that will not do."""
    return PydanticCustomError(_KIND, "found/expected", {"found": found, "expected": expected})


def refusal_of(error: BadInput) -> PydanticCustomError:
    """The same for a value that the layer below refused."""
    return refusal(error.found or error.what, error.expected or "something else")


def refuse(findings: Iterable[Finding]) -> None:
    """Raises all findings together, if there are any.

    Raises:
        ValidationError: There are.
    """
    if details := [finding.details() for finding in findings]:
        raise ValidationError.from_exception_data("configuration", details)


class Entry(BaseModel):
    """Base of every mapping: no unknown keys, no conversions, all problems together."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def findings(self) -> Iterator[Finding]:
        """What is wrong between keys that are each right."""
        return iter(())

    @validated(mode="wrap")
    @classmethod
    def _all_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(data, cls):
            return data
        keys = cls._keys()
        if not isinstance(data, Mapping):
            raise refusal(shown(data), f"a mapping with keys of {', '.join(keys)}")
        details = [_unknown(key, keys).details() for key in data if key not in keys]
        try:
            entry = handler({key: value for key, value in data.items() if key in keys})
        except ValidationError as error:
            details += [finding.details() for finding in cls._told(error)]
            raise ValidationError.from_exception_data(cls.__name__, details) from None
        details += [finding.details() for finding in entry.findings()]
        if details:
            raise ValidationError.from_exception_data(cls.__name__, details)
        return entry

    @classmethod
    def _keys(cls) -> list[str]:
        return [spec.alias or name for name, spec in cls.model_fields.items()]

    @classmethod
    def _told(cls, error: ValidationError) -> Iterator[Finding]:
        described = {spec.alias or n: spec.description for n, spec in cls.model_fields.items()}
        for detail in error.errors(include_url=False):
            if detail["type"] == "missing":
                name = str(detail["loc"][-1])
                yield Finding(detail["loc"], "nothing", described[name] or "a value")
            else:
                yield _translated(detail)


def problems_of(error: ValidationError, *, file: str, lines: Any) -> list[Problem]:
    """The problems of an entry that was refused.

    Args:
        error: What validating the outermost entry raised.
        file: The name of the file.
        lines: Gives the line of a path, or None.
    """
    findings = [_translated(detail) for detail in error.errors(include_url=False)]
    return [Problem(file, lines(f.where), f.where, f.found, f.expected) for f in findings]


def near(word: str, words: Iterable[str]) -> str:
    """` (did you mean 'x'?)` where something is spelt alike, else nothing."""
    alike = get_close_matches(word, list(words), n=1)
    return f" (did you mean {alike[0]!r}?)" if alike else ""


def _unknown(key: object, keys: list[str]) -> Finding:
    word = str(key)
    return Finding(
        (word,), f"the unknown key {shown(word)}{near(word, keys)}", f"one of {', '.join(keys)}"
    )


def _translated(detail: ErrorDetails) -> Finding:
    context = detail.get("ctx", {})
    where = tuple(step for step in detail["loc"] if step != "[key]")
    if detail["type"] == _KIND:
        return Finding(where, context["found"], context["expected"])
    expected = _EXPECTED.get(detail["type"], detail["msg"]).format(**context)
    return Finding(where, shown(detail["input"]), expected.replace("'", ""))
