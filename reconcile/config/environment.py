"""References to the environment: `${NAME}` in a location."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconcile.errors import BadInput

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def with_environment(text: str, environ: Mapping[str, str]) -> str:
    """The text with each `${NAME}` replaced by the variable's value.

    Raises:
        BadInput: A variable is unset or empty, or a `${` begins no reference.
    """
    for name in _REFERENCE.findall(text):
        if not environ.get(name):
            raise BadInput(
                f"cannot fill in {text!r}",
                found=f"a reference to ${{{name}}}, which is not set",
                expected=f"the environment variable {name}",
            )
    if "${" in _REFERENCE.sub("", text):
        raise BadInput(
            f"cannot fill in {text!r}",
            found="`${` that begins no reference",
            expected="${NAME} with the name of an environment variable",
        )
    return _REFERENCE.sub(lambda found: environ[found.group(1)], text)
