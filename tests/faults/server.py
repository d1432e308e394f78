"""A server of one object that answers as it is told; either SDK takes it for its service."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = bytes(range(256)) * 400
TAG = "tag-of-the-object"


@dataclass
class Script:
    """What to answer, changed by the test as it goes.

    Attributes:
        content: The bytes that are said to come.
        sent: How many of them do, before the connection is closed; None for all.
        status: The status of every answer, 200 unless told.
        headers: Further headers.
        asked: Method and path of every request so far.
    """

    content: bytes = CONTENT
    sent: int | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def scripted_server(script: Script) -> Iterator[str]:
    """The URL of a server on a free port that answers by the script."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            script.asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = script.content if script.status < 300 else b""
            self.send_response(script.status)
            standard = {
                "Content-Length": str(len(body)),
                "Content-Range": f"bytes 0-{len(body) - 1}/{len(body)}",
                "ETag": f'"{TAG}"',
                "Last-Modified": "Sat, 05 Jan 2013 00:00:00 GMT",
                "x-ms-blob-type": "BlockBlob",
            }
            for name, value in (standard | dict(script.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[: script.sent])
                self.close_connection = script.sent is not None

        do_HEAD = do_PUT = do_GET  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
