"""Writes `.env` for docker-compose.yaml: deploy/env.template with a new secret for each <…>.

    python deploy/compose_env.py [FILE]

An `.env` that exists is left as it is: its secrets are in use. Needs no package.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().with_name("env.template")

# Tokens stand in URLs, in JSON and on command lines as they are, where no `-` may come first.
_MAKERS = {
    "token": lambda: secrets.token_hex(32),
    "fernet key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "account key": lambda: base64.b64encode(secrets.token_bytes(64)).decode(),
}


def filled(template: str) -> str:
    """The template with a new secret for each <…> that ends a line."""
    return re.sub(r"(?m)<([a-z ]+)>$", lambda found: _MAKERS[found[1]](), template)


def main(path: Path) -> None:
    """Writes the file, for its owner's eyes only, unless it is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{path} is kept: it holds the secrets that are in use")
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(filled(TEMPLATE.read_text()))
    print(f"{path} was written; AIRFLOW_ADMIN_PASSWORD in it is the password of the user admin")


if __name__ == "__main__":
    main(Path(*sys.argv[1:2] or [".env"]))
