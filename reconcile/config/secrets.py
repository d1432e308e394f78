"""What looks like a secret: files refer to secrets (a connection, the environment), no more."""

from __future__ import annotations

import re

from reconcile.model.location import holds_credentials

_SECRET = re.compile(
    r"AccountKey\s*=|SharedAccessSignature|SharedAccessKey|aws_secret|aws_session_token"
    r"|\bA[KS]IA[0-9A-Z]{16}\b|\b(password|passwd|pwd|secret|token|api_?key)\s*="
    r"|-----BEGIN [A-Z ]*PRIVATE KEY",
    re.IGNORECASE,
)

SHOWN = "something that looks like a secret"
"""What messages say in place of it."""


def looks_secret(text: str) -> bool:
    """Whether a text seems to hold an account key, a signature, a password or the like."""
    return holds_credentials(text) or _SECRET.search(text) is not None
