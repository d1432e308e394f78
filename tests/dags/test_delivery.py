"""Notices on their way: real servers, and what must never be told of the way itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from reconcile.errors import BadInput, Transient
from reconcile.model.notice import Channel, Recipient
from reconcile.report.notice import Notice
from tests.listening import Webhooks, webhooks
from tests.notices import SECRET, Listening, listening

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

NOTICE = Notice(
    "flights 2013-01-05: Breached", "Too many – rows differ.", (("Rows", "1"),), "http://a/b"
)
MAIL = Recipient(Channel.MAIL, "notices_mail", ("a@airline.example", "b@airline.example"))
SLACK, TEAMS = Recipient(Channel.SLACK, "notices_slack"), Recipient(Channel.TEAMS, "notices_teams")


@pytest.fixture(scope="module")
def module(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.delivery")


@pytest.fixture
def told() -> Iterator[Listening]:
    with listening() as told:
        yield told


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes Connections, kept where Airflow looks first."""

    def made(connections: dict[str, dict[str, Any]]) -> None:
        for name, fields in connections.items():
            monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))

    return made


def test_everybody_is_told_once(
    module: ModuleType, told: Listening, connect: Callable[..., None]
) -> None:
    connect(told.connections)
    assert module.deliver(NOTICE, [MAIL, SLACK, TEAMS]) == 3
    (mail,) = told.mails
    assert mail.message["Subject"] == NOTICE.title
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.recipients == MAIL.addresses
    assert "Too many – rows differ.\n\nRows: 1" in mail.text
    (text,) = told.slack
    assert text.startswith("*flights 2013-01-05: Breached*\n")
    assert "AdaptiveCard" in told.teams[0]
    assert len(told.teams) == 1


def test_who_cannot_be_told_is_logged_without_the_address_and_keeps_it_from_nobody(
    module: ModuleType,
    told: Listening,
    connect: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    connect(
        told.connections
        | {
            "notices_slack": {
                "conn_type": "slackwebhook",
                "password": f"http://127.0.0.1:9/{SECRET}",
            }
        }
    )
    told.hooks.status = lambda _number: 404
    unknown = Recipient(Channel.SLACK, "nobody")
    with caplog.at_level(logging.DEBUG):
        assert module.deliver(NOTICE, [SLACK, TEAMS, unknown, MAIL]) == 1
    ours = [record for record in caplog.records if record.name == module.__name__]
    lines = sorted(record.getMessage() for record in ours)
    assert lines == [
        "no notice by slack connection nobody: AirflowNotFoundException",
        "no notice by slack connection notices_slack: the webhook did not take it; "
        "found ConnectionError",
        "no notice by teams connection notices_teams: the webhook did not take it; found HTTP 404",
        "notice sent by mail connection notices_mail",
    ]
    assert len(told.mails) == 1


@pytest.fixture
def hooks() -> Iterator[Webhooks]:
    with webhooks() as hooks:
        yield hooks


def test_a_busy_webhook_is_asked_once_more(module: ModuleType, hooks: Webhooks) -> None:
    hooks.status = lambda number: (503, 202)[number]
    module.post(f"{hooks.url}/{SECRET}", {"text": "a"}, pause=0)
    assert len(hooks.posted) == 2


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_a_refusal_is_not_repeated_nor_followed(
    module: ModuleType, hooks: Webhooks, status: int
) -> None:
    hooks.status = lambda _number: status
    with pytest.raises(Transient, match=f"found HTTP {status}") as refused:
        module.post(f"{hooks.url}/{SECRET}", {"text": "a"}, pause=0)
    assert len(hooks.posted) == 1
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("recipient", "connection", "url"),
    [
        (SLACK, {"password": "https://hooks.slack.com/services/T/B/x"}, None),
        (SLACK, {"password": "T/B/x"}, "https://hooks.slack.com/services/T/B/x"),
        (SLACK, {"host": "slack.example", "password": "/T/B/x"}, "https://slack.example/T/B/x"),
        (
            TEAMS,
            {"host": "https://flow.example/", "password": "workflows/1?sig=x"},
            "https://flow.example/workflows/1?sig=x",
        ),
        (
            TEAMS,
            {"host": "127.0.0.1:8", "schema": "http", "password": "x"},
            "http://127.0.0.1:8/x",
        ),
    ],
    ids=["whole", "slack's own host", "another host", "a host with a protocol", "a schema"],
)
def test_where_a_webhook_lies(
    module: ModuleType,
    connect: Callable[..., None],
    recipient: Recipient,
    connection: dict[str, Any],
    url: str | None,
) -> None:
    connect({recipient.connection: {"conn_type": "http", **connection}})
    assert module.webhook(recipient) == (url or connection["password"])


@pytest.mark.parametrize(
    ("connection", "complaint"),
    [
        ({"host": "https://flow.example/x"}, "holds no webhook; expected its URL as the conn"),
        ({"password": "sig=x"}, "holds no webhook"),
        ({"password": f"http://flow.example/{SECRET}"}, "endpoint http://flow.example is not"),
    ],
    ids=["no password", "no host", "no TLS"],
)
def test_a_webhook_that_will_not_do_is_one_line(
    module: ModuleType, connect: Callable[..., None], connection: dict[str, Any], complaint: str
) -> None:
    connect({"notices_teams": {"conn_type": "http", **connection}})
    with pytest.raises(BadInput, match=complaint) as refused:
        module.webhook(TEAMS)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"from_email": None}, "names no sender"),
        (
            {"host": "mail.example"},
            "mail server of connection notices_mail is not protected by TLS",
        ),
        (
            {"host": "mail.example", "disable_tls": False, "ssl_context": "none"},
            "mail server of connection notices_mail is not protected by TLS",
        ),
    ],
    ids=["no sender", "no TLS", "any certificate"],
)
def test_a_mail_server_that_will_not_do_is_one_line(
    module: ModuleType,
    told: Listening,
    connect: Callable[..., None],
    changes: dict[str, Any],
    complaint: str,
) -> None:
    fields = told.connections["notices_mail"]
    host = changes.get("host", fields["host"])
    extra = json.dumps({**json.loads(fields["extra"]), **changes})
    connect({"notices_mail": {**fields, "host": host, "extra": extra}})
    with pytest.raises(BadInput, match=complaint):
        module.send_mail(NOTICE, MAIL)
    assert not told.mails
