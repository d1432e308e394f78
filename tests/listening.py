"""Servers that take what is sent to people, for tests: webhooks by HTTP, mail by SMTP."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Webhooks:
    """A server of webhooks, and what was posted to each path, in order.

    Attributes:
        url: Where it listens.
        posted: What came.
        status: What it answers, by the number of the request from 0.
    """

    url: str = ""
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: Callable[[int], int] = lambda _number: 200

    def to(self, path: str) -> list[dict[str, Any]]:
        """What was posted to a path."""
        return [message for where, message in self.posted if where == path]


@contextmanager
def webhooks() -> Iterator[Webhooks]:
    """A server of webhooks, while the block runs."""
    heard = Webhooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.posted.append((self.path, json.loads(body)))
            self.send_response(heard.status(len(heard.posted) - 1))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, _serving(server):
        heard.url = f"http://127.0.0.1:{server.server_port}"
        yield heard


@dataclass(frozen=True)
class Mail:
    """One mail as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def text(self) -> str:
        """Its body, decoded."""
        part = self.message.get_body(("html", "plain"))
        assert part is not None
        return str(part.get_content())


@dataclass
class MailServer:
    """A mail server, and what it took."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes everything, while the block runs."""
    took = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            took.mails += _session(self)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server, _serving(server):
        took.port = server.server_address[1]
        yield took


def _session(handler: socketserver.StreamRequestHandler) -> Iterator[Mail]:
    """RFC 5321, as far as smtplib speaks it."""

    def say(line: str) -> None:
        handler.wfile.write(f"{line}\r\n".encode())

    sender, recipients = "", []
    say("220 listening")
    while line := handler.rfile.readline():
        words = line.decode().strip()
        match words.partition(" ")[0].upper():
            case "MAIL":
                sender, recipients = _address(words), []
                say("250 sender")
            case "RCPT":
                recipients.append(_address(words))
                say("250 recipient")
            case "DATA":
                say("354 go on")
                data = b"".join(iter(handler.rfile.readline, b".\r\n"))
                message = message_from_bytes(data, policy=default)
                assert isinstance(message, EmailMessage)
                yield Mail(sender, tuple(recipients), message)
                say("250 taken")
            case "QUIT":
                say("221 bye")
                return
            case _:
                say("250 yes")


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
