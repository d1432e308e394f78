"""Great Expectations, imported here and nowhere else.

The import costs about 10 s and 225 MB, so this module is imported only inside the functions
that build or evaluate an expectation.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import CRITICAL, getLogger

with warnings.catch_warnings():
    # It imports modules that Python has deprecated; nothing a reader of ours can act upon.
    warnings.simplefilter("ignore", DeprecationWarning)
    import great_expectations as gx
    from great_expectations.compatibility.pydantic import ValidationError
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.expectation import Expectation as NativeExpectation
    from great_expectations.expectations.registry import get_expectation_impl

__all__ = [
    "NativeExpectation",
    "ProgressBarsConfig",
    "ValidationError",
    "get_expectation_impl",
    "gx",
    "quiet",
]

_THEIRS = r"(great_expectations|pandas|numpy|marshmallow|altair|dateutil)(\.|$)"


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps Great Expectations' own log and the deprecations inside it from our readers."""
    log = getLogger("great_expectations")
    level = log.level
    log.setLevel(CRITICAL)
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning, UserWarning, RuntimeWarning):
            warnings.filterwarnings("ignore", category=category, module=_THEIRS)
        try:
            yield
        finally:
            log.setLevel(level)
