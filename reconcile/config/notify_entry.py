"""One entry of `notify:`, such as `{mail: [ops@example.com]}` or `{slack: slack_ops}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from reconcile.config.entry import Entry, Finding
from reconcile.config.problem import shown
from reconcile.config.values import Names, Text
from reconcile.model.notice import Channel, Recipient

_DEFAULT_MAIL_CONNECTION = "smtp_default"
# No blanks, commas or line breaks: each becomes a header line of its own.
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_SHAPE = "one of {mail: [addresses]}, {slack: a connection}, {teams: a connection}"


class NotifyEntry(Entry):
    """One recipient: exactly one channel."""

    mail: Names | None = Field(None, description="a list of addresses")
    slack: Text | None = None
    teams: Text | None = None
    connection: Text | None = None

    def findings(self) -> Iterator[Finding]:
        """Not one channel, no addresses, or a webhook's URL where its connection belongs."""
        channels = self._channels()
        if len(channels) != 1:
            yield Finding((), " and ".join(channels) or "no channel", _SHAPE)
        if self.connection is not None and self.mail is None:
            expected = "the connection as the channel's value, such as {slack: slack_ops}"
            yield Finding(("connection",), "a connection beside a webhook", expected)
        for position, address in enumerate(self.mail or ()):
            if not _ADDRESS.fullmatch(address):
                yield Finding(("mail", position), shown(address), "an address such as a@b.example")
        for name in ("slack", "teams", "connection"):
            if "/" in (getattr(self, name) or ""):
                # Whoever knows a webhook's URL may write to the channel.
                yield Finding((name,), "an address, which is a secret", "the name of a Connection")

    def recipient(self) -> Recipient:
        """What it says."""
        if self.mail is not None:
            connection = self.connection or _DEFAULT_MAIL_CONNECTION
            return Recipient(Channel.MAIL, connection, tuple(self.mail))
        if self.slack is not None:
            return Recipient(Channel.SLACK, self.slack)
        return Recipient(Channel.TEAMS, self.teams or "")

    def _channels(self) -> list[str]:
        return [channel.value for channel in Channel if getattr(self, channel.value) is not None]
