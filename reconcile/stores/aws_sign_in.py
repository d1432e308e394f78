"""boto3's clients, signed in by a connection or by AWS's own variables, profiles and roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from reconcile.errors import AccessDenied, BadInput, Transient
from reconcile.stores.connection import Connection
from reconcile.stores.s3_errors import DOES_NOT_ANSWER, NOT_SIGNED_IN, is_later, no_credentials

_BOTO = Config(
    # Three tries in all: an endpoint that is down is known to be so within seconds.
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
    # Left to itself boto3 signs addresses by the second version, which most regions do not take.
    signature_version="s3v4",
    # We send checksums ourselves (`S3Store.put`) and check them ourselves (`write_pinned`).
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_SETTINGS = {"s3": _BOTO, "kms": _BOTO.merge(Config(signature_version="v4"))}


def s3_client(connection: Connection | None) -> Any:
    """A boto3 S3 client; None leaves everything to `AWS_*` and what boto3 finds by itself.

    Raises:
        BadInput: The connection's profile, endpoint, role or configuration cannot be used.
    """
    return _client(connection, "s3")


def kms_client(connection: Connection | None) -> Any:
    """A boto3 KMS client, likewise. Raises what `s3_client` raises."""
    return _client(connection, "kms")


def _client(connection: Connection | None, service: str) -> Any:
    try:
        if connection is None:
            return boto3.Session().client(service, config=_SETTINGS[service])
        return _client_of(connection, service)
    except (BotoCoreError, ValueError, TypeError) as error:
        by = f"connection {connection.id}" if connection else "the AWS_* variables"
        raise BadInput(
            f"{service.upper()} cannot be set up by {by}",
            found=type(error).__name__,  # the message itself may quote what must not be shown
            next_step="correct its profile, region or endpoint",
        ) from None


@contextmanager
def session_errors(connection: str) -> Iterator[None]:
    """boto3's errors of the block as ours, while somebody else makes a connection's session.

    Raises:
        AccessDenied: STS refuses the role, or the credentials it is asked with.
        BadInput: There are no credentials to ask with, or the profile is not there.
        Transient: STS does not answer now.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if is_later(error):
            raise Transient(
                f"connection {connection}: STS asks to come back later", found=code
            ) from None
        raise AccessDenied(
            f"connection {connection}: STS refuses its role",
            found=code,
            next_step="check its credentials, its role_arn and whom the role trusts",
        ) from None
    except NOT_SIGNED_IN:
        raise no_credentials(f"connection {connection}") from None
    except DOES_NOT_ANSWER as error:
        raise Transient(
            f"connection {connection}: STS does not answer",
            found=type(error).__name__,
            next_step="check service_config.sts.endpoint_url and the network, or try later",
        ) from None
    except BotoCoreError as error:
        raise BadInput(
            f"connection {connection} cannot be used",
            found=type(error).__name__,
            next_step="correct its profile, region or role",
        ) from None


def client_of_session(
    session: boto3.Session,
    *,
    endpoint_url: str | None,
    verify: Any,
    config: Config,
    service: str = "s3",
) -> Any:
    """A boto3 client of a session that is signed in already; `config` goes before ours."""
    return session.client(
        service,
        endpoint_url=endpoint_url,
        verify=verify,
        config=_SETTINGS[service].merge(config),
    )


def _client_of(connection: Connection, service: str) -> Any:
    extra = connection.extra
    key = connection.login or extra.get("aws_access_key_id")
    secret = connection.password or extra.get("aws_secret_access_key")
    session = boto3.Session(
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=extra.get("aws_session_token") if key else None,
        region_name=extra.get("region_name"),
        profile_name=extra.get("profile_name"),
    )
    if extra.get("role_arn"):
        session = _assumed(session, connection)
    services = extra.get("service_config") or {}
    return client_of_session(
        session,
        endpoint_url=services.get(service, {}).get("endpoint_url") or extra.get("endpoint_url"),
        verify=extra.get("verify"),
        config=Config(**(extra.get("config_kwargs") or {})),
        service=service,
    )


def _assumed(base: boto3.Session, connection: Connection) -> boto3.Session:
    """A session in the connection's role, whose credentials renew themselves."""
    extra = connection.extra
    method = extra.get("assume_role_method", "assume_role")
    if method != "assume_role":
        raise BadInput(
            f"connection {connection.id} assumes its role in a way that works inside Airflow only",
            found=method,
            expected="assume_role",
        )
    arguments = {"RoleSessionName": "reconcile", **(extra.get("assume_role_kwargs") or {})}
    if extra.get("external_id"):
        arguments.setdefault("ExternalId", extra["external_id"])
    fetcher = AssumeRoleCredentialFetcher(
        base._session.create_client,  # botocore offers no public way from a session to a role
        base.get_credentials(),
        extra["role_arn"],
        extra_args=arguments,
    )
    core = botocore.session.Session()
    core._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return boto3.Session(botocore_session=core, region_name=base.region_name)
