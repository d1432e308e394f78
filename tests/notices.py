"""A dataset whose runs tell people by every way, and where to listen to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.listening import Mail, MailServer, Webhooks, mail_server, webhooks

CANARY = "c4n4ry"
"""In every row: nothing that leaves the house may hold it."""
SECRET = "T0c4n4ry/B0webhook/key"
MATCHED, BREACHED, LATE = "2013-01-05", "2013-01-06", "2013-01-08"

_FILE = """\
dataset: {name}
schedule: "0 5 * * *"
timezone: UTC
grain: day
start: 2013-01-01
source: {{location: "{folder}/source", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{folder}/target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
notify:
  - {{mail: [ops@airline.example, data@airline.example], connection: notices_mail}}
  - {{slack: notices_slack}}
  - {{teams: notices_teams}}
{more}
"""


def dataset_text(name: str, folder: Path, *more: str) -> str:
    """The file of a dataset over both sides below a folder."""
    return _FILE.format(name=name, folder=folder, more="\n".join(more))


def write_sides(folder: Path) -> None:
    """Days that match, and one that does not; of `LATE` only the source is there."""
    rows = {f"{CANARY}-{number}": f"{CANARY} {number}" for number in range(50)}
    changed = {**rows, f"{CANARY}-7": f"{CANARY} changed"}
    for day in (MATCHED, BREACHED, "2013-01-07", LATE):
        _write(folder / "source" / f"day={day}", rows)
        if day != LATE:
            _write(folder / "target" / f"day={day}", changed if day == BREACHED else rows)


def _write(folder: Path, rows: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    table = pa.table({"id": list(rows), "name": list(rows.values())})
    pq.write_table(table, folder / "part-0.parquet")


@dataclass(frozen=True)
class Listening:
    """What people were told, by every way."""

    hooks: Webhooks
    mail: MailServer

    @property
    def connections(self) -> dict[str, dict[str, Any]]:
        """Airflow's Connections that lead here."""
        plain = {"disable_ssl": True, "disable_tls": True, "from_email": "airflow@airline.example"}
        return {
            "notices_mail": {
                "conn_type": "smtp",
                "host": "127.0.0.1",
                "port": self.mail.port,
                "extra": json.dumps(plain),
            },
            "notices_slack": {
                "conn_type": "slackwebhook",
                "host": f"{self.hooks.url}/services",
                "password": SECRET,
            },
            "notices_teams": {
                "conn_type": "http",
                "password": f"{self.hooks.url}/workflows?sig={SECRET}",
            },
        }

    @property
    def slack(self) -> list[str]:
        """The texts of the messages to Slack."""
        return [message["text"] for message in self.hooks.to(f"/services/{SECRET}")]

    @property
    def teams(self) -> list[str]:
        """The messages to Teams, as JSON."""
        return [json.dumps(m) for m in self.hooks.to(f"/workflows?sig={SECRET}")]

    @property
    def mails(self) -> list[Mail]:
        """The mails."""
        return self.mail.mails

    @property
    def everything(self) -> str:
        """All that was told."""
        mails = [f"{mail.message['Subject']} {mail.text}" for mail in self.mails]
        return "\n".join([*self.slack, *self.teams, *mails])


@contextmanager
def listening() -> Iterator[Listening]:
    """Listens to everything that is told, while the block runs."""
    with webhooks() as hooks, mail_server() as mail:
        yield Listening(hooks, mail)
