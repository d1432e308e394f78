"""Sending notices: by mail through a mail server, to Slack and Teams through their webhooks.

Servers and webhooks lie in Airflow Connections. A webhook's URL is its own key, so it is a
Connection's password, which Airflow encrypts and masks, and no message of ours repeats it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import requests
from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from reconcile.errors import BadInput, ReconcileError, Transient
from reconcile.model.notice import Channel, Recipient
from reconcile.report.notice import Notice, mail_body, slack_message, teams_message
from reconcile.stores.transport import PLAIN_HTTP_VARIABLE, require_tls

_log = logging.getLogger(__name__)

_SECONDS = 5
"""To connect, and to be answered. Airflow ends a task twenty seconds after its last word."""
_PAUSE = 1.0
_TRY_AGAIN = (429, 502, 503, 504)
_SLACK_SERVICES = "https://hooks.slack.com/services"
_MESSAGES: Mapping[Channel, Callable[[Notice], dict[str, Any]]] = {
    Channel.SLACK: slack_message,
    Channel.TEAMS: teams_message,
}


def deliver(notice: Notice, recipients: Sequence[Recipient]) -> int:
    """Sends a notice to everybody at once; who cannot be told is logged, never raised.

    Returns:
        How many were told.
    """
    with ThreadPoolExecutor(max(1, len(recipients))) as pool:
        return sum(pool.map(lambda recipient: _told(notice, recipient), recipients))


def _told(notice: Notice, recipient: Recipient) -> bool:
    name = f"{recipient.channel} connection {recipient.connection}"
    try:
        if recipient.channel is Channel.MAIL:
            send_mail(notice, recipient)
        else:
            post(webhook(recipient), _MESSAGES[recipient.channel](notice))
    except ReconcileError as error:
        _log.error("no notice by %s: %s", name, error.line())
        return False
    except Exception as error:
        # The words of a foreign error may hold the webhook's URL, or a password.
        _log.error("no notice by %s: %s", name, type(error).__name__)
        return False
    _log.info("notice sent by %s", name)
    return True


def webhook(recipient: Recipient) -> str:
    """The URL of a recipient's webhook: its Connection's password, whole or what follows the host.

    Raises:
        BadInput: The Connection holds none, or it is not protected by TLS.
    """
    connection = BaseHook.get_connection(recipient.connection)
    url = connection.password or ""
    if url and "://" not in url:
        host = connection.host or (_SLACK_SERVICES if recipient.channel is Channel.SLACK else "")
        base = host if "://" in host else f"{connection.schema or 'https'}://{host}"
        url = f"{base.rstrip('/')}/{url.lstrip('/')}" if host else ""
    parts = urlsplit(url)
    if not parts.hostname:
        raise BadInput(
            f"connection {recipient.connection} holds no webhook",
            expected="its URL as the connection's password",
        )
    for secret in (url, parts.path, parts.query):
        if secret.strip("/"):
            mask_secret(secret)
    require_tls(url, os.environ)
    return url


def post(url: str, message: Mapping[str, Any], *, pause: float = _PAUSE) -> None:
    """Posts a message to a webhook, a second time only where the first was surely not taken.

    Raises:
        Transient: It was not taken; the URL is not told.
    """
    found = _posted(url, message)
    if found is not None and found[1]:
        time.sleep(pause)
        found = _posted(url, message)
    if found is not None:
        raise Transient("the webhook did not take it", found=found[0])


def _posted(url: str, message: Mapping[str, Any]) -> tuple[str, bool] | None:
    """What went wrong, and whether to try again; None where nothing did."""
    try:
        answer = requests.post(url, json=message, timeout=_SECONDS, allow_redirects=False)
    except requests.exceptions.ConnectTimeout as error:
        return type(error).__name__, True
    except requests.exceptions.RequestException as error:
        # It may have arrived: two messages of one run are worse than a line in a log.
        return type(error).__name__, False
    if answer.status_code // 100 == 2:
        return None
    return f"HTTP {answer.status_code}", answer.status_code in _TRY_AGAIN


def send_mail(notice: Notice, recipient: Recipient) -> None:
    """Sends a mail through the server of an Airflow Connection.

    Raises:
        BadInput: The Connection names no sender, or its server is not protected by TLS.
    """
    hook = _BriefSmtpHook(smtp_conn_id=recipient.connection)
    _check_mail_server(recipient.connection)
    with hook as server:
        server.send_email_smtp(
            to=list(recipient.addresses),
            subject=notice.title,
            html_content=mail_body(notice),
            custom_headers={"Auto-Submitted": "auto-generated"},
        )


class _BriefSmtpHook(SmtpHook):
    """Airflow's hook, which would otherwise try six times for thirty seconds each."""

    @property
    def timeout(self) -> int:
        return min(int(super().timeout), _SECONDS)

    @property
    def smtp_retry_limit(self) -> int:
        return min(int(super().smtp_retry_limit), 1)


def _check_mail_server(name: str) -> None:
    connection = BaseHook.get_connection(name)
    extra = connection.extra_dejson
    if not extra.get("from_email"):
        raise BadInput(
            f"connection {name} names no sender", expected="from_email in the connection's extra"
        )
    host = connection.host or ""
    plain = extra.get("disable_ssl") and extra.get("disable_tls")
    if extra.get("ssl_context") == "none" or plain:
        try:
            require_tls(f"http://{host}", os.environ)
        except BadInput:
            raise BadInput(
                f"the mail server of connection {name} is not protected by TLS",
                found="ssl_context none, or SSL and STARTTLS disabled",
                next_step=f"enable one of them, or name {host} in {PLAIN_HTTP_VARIABLE}",
            ) from None
