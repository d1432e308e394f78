"""A client of Azure Key Vault, signed in by a connection or by the identity of this machine.

It speaks to the service itself: what is asked of it are two requests.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    HeadersPolicy,
    RetryPolicy,
    UserAgentPolicy,
)

from reconcile.errors import BadInput
from reconcile.stores.azure_sign_in import authority_of, token_credential
from reconcile.stores.connection import Connection

_ADDRESS = re.compile(
    r"https?://[^/?#@\s]+/keys/[0-9A-Za-z-]{1,127}(/[0-9A-Za-z]{1,64})?", re.ASCII
)
_RESOURCE = "vault.azure.net"


def vault_client(connection: Connection | None, key: str) -> Any:
    """A client of the vault that a key's address names; nothing is asked yet.

    A connection signs in by its service principal or its managed identity; the keys and
    signatures of storage accounts are nothing to a vault.

    Raises:
        BadInput: The address is none, or the connection cannot be used.
    """
    if not _ADDRESS.fullmatch(key):
        raise BadInput(
            "no key of Azure Key Vault",
            found=repr(key),
            expected="its address, such as https://vault-name.vault.azure.net/keys/name",
            next_step="correct `azure_key_vault` in the dataset's file",
        )
    parts = urlsplit(key)
    credential = token_credential(connection)
    settings: dict[str, Any] = {} if connection is None else authority_of(connection)
    policies = [
        HeadersPolicy(),
        UserAgentPolicy(base_user_agent="reconcile"),
        # Three tries in all and short waits, as of the stores.
        RetryPolicy(retry_total=2, retry_backoff_factor=0.5, retry_backoff_max=5),
        BearerTokenCredentialPolicy(credential, scope_of(parts.hostname or "")),
    ]
    base = f"{parts.scheme}://{parts.netloc}"
    return PipelineClient(
        base, policies=policies, connection_timeout=5, read_timeout=60, **settings
    )


def scope_of(host: str) -> str:
    """What a token is asked for: its cloud's vaults, which all have one name behind their own."""
    own = host.partition(".")[2]
    resource = own if own.startswith(("vault.", "managedhsm.")) else _RESOURCE
    return f"https://{resource}/.default"
