"""From the place of a key to the service that wraps with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconcile.errors import BadInput
from reconcile.model.snapshot import KeyPlace
from reconcile.stores.clients import Clients
from reconcile.stores.key_service import KeyService
from reconcile.stores.opening import ENVIRONMENT

KINDS = ("file", "aws_kms", "azure_key_vault")


def key_service(
    place: KeyPlace,
    *,
    clients: Clients = ENVIRONMENT,
    environ: Mapping[str, str] = os.environ,
) -> KeyService:
    """The service that wraps with the key of that place. A cloud is not asked yet.

    Raises:
        BadInput: The kind is unknown, the connection cannot be used, the endpoint has no TLS, or
            the key file is none.
        NotFound: There is no such key file.
        AccessDenied: Others may read the key file.
    """
    # The SDKs cost about a second each to import, which whoever needs neither should not wait for.
    match place.kind:
        case "file":
            from reconcile.stores.key_file import KeyFile  # noqa: PLC0415

            return KeyFile(Path(place.id))
        case "aws_kms":
            from reconcile.stores.aws_kms import AwsKms  # noqa: PLC0415

            return AwsKms(clients.kms(place.connection), place.id, environ=environ)
        case "azure_key_vault":
            from reconcile.stores.azure_key_vault import AzureKeyVault  # noqa: PLC0415

            vault = clients.key_vault(place.connection, place.id)
            return AzureKeyVault(vault, place.id, environ=environ)
    raise BadInput(
        "a repository's key of an unknown kind",
        found=place.kind,
        expected=", ".join(KINDS),
        next_step="correct `key` of the repository in the dataset's file",
    )
