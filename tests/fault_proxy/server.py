"""The server that clients talk to: it reads requests, and sends answers as whole as they are."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fault_proxy.messages import Answer, Headers

Answering = Callable[[str, str, Headers, bytes], Answer]
"""The answer to method, target, headers and body."""


@contextmanager
def listening(answering: Answering, *, failed: Callable[[BaseException], None]) -> Iterator[str]:
    """The URL of a server on a free port of this machine; when it ends, all it did has ended.

    Args:
        answering: Asked in a thread of the connection's own.
        failed: Told what went wrong in a thread, but for clients that went away.
    """
    with _Server(answering, failed) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.close_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # they are waited for, so that nothing happens after the end
    request_queue_size = 128

    def __init__(self, answering: Answering, failed: Callable[[BaseException], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answering, self._failed = answering, failed
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if _is_reset(request):
            self.close_request(request)  # without the FIN that would come first
        else:
            super().shutdown_request(request)

    def close_connections(self) -> None:
        """Lets the threads of clients that keep their connections end."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self._failed(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        headers = tuple(self.headers.items())
        answer = self.server.answering(self.command, self.path, headers, self._body())
        cut = answer.cut
        if cut is None or cut.after is not None:
            self._send(answer)
        if cut is not None:
            self.close_connection = True
            if cut.reset:
                _reset_on_close(self.connection)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _send(self, answer: Answer) -> None:
        told = answer.header("Content-Length") if self.command == "HEAD" else None
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", told or str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut.after])

    def _body(self) -> bytes:
        if "chunked" in (self.headers["Transfer-Encoding"] or ""):
            return b"".join(self._chunks())
        return self._read(int(self.headers["Content-Length"] or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self._read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            """Trailers, of which nobody says anything here."""

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionError("the client went away in the middle of its request")
        return data

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


_RESET = struct.pack("ii", 1, 0)


def _reset_on_close(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _is_reset(connection: socket.socket) -> bool:
    with suppress(OSError):
        return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET)) == _RESET
    return False
