"""Who is told how a dataset's runs end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """The ways a notice can take."""

    MAIL = "mail"
    SLACK = "slack"
    TEAMS = "teams"


@dataclass(frozen=True)
class Recipient:
    """One entry of `notify:`.

    Attributes:
        channel: By which way.
        connection: The Airflow Connection that holds the mail server, or the webhook's URL.
        addresses: Mail addresses; empty for webhooks.
    """

    channel: Channel
    connection: str
    addresses: tuple[str, ...] = ()
