"""The doors that clouds sign programs in by, and an empty store behind them, as one local server.

It plays STS, the addresses that hand identities to EC2 instances and to containers, Entra ID's
tokens and Azure's managed identities. Credentials it hands out are numbered and expire when it is
told; what it was asked, and by whom the store was asked, is kept.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_S3_LISTING = (
    "<ListBucketResult><Name>bucket</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>"
    "</ListBucketResult>"
)
_BLOB_LISTING = (
    "<?xml version='1.0' encoding='utf-8'?><EnumerationResults><Blobs/><NextMarker/>"
    "</EnumerationResults>"
)


@dataclass
class FrontDoor:
    """A running server.

    Attributes:
        url: Its address.
        lasts: How long what it hands out is good for.
        refuses: Whether STS refuses.
        asked: What was asked of it, each with its parameters, in order.
        signatures: Who asked the store: `Authorization`, or the query of a signed URL.
    """

    url: str
    lasts: dt.timedelta = dt.timedelta(hours=1)
    refuses: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    def names(self) -> list[str]:
        """What was asked, without parameters."""
        return [name for name, _ in self.asked]

    def handed_out(self, name: str, given: dict[str, str]) -> dict[str, str]:
        """The next credentials, in the words of instances and containers."""
        self.asked.append((name, given))
        end = dt.datetime.now(dt.UTC) + self.lasts
        return {
            "Code": "Success",
            "AccessKeyId": f"KEY{len(self.asked)}",
            "SecretAccessKey": "door-secret",
            "Token": "door-token",
            "Expiration": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        }

    def token(self, name: str, given: dict[str, str]) -> dict[str, Any]:
        """The next token of Entra ID."""
        self.asked.append((name, given))
        seconds = int(self.lasts.total_seconds())
        return {
            "token_type": "Bearer",
            "access_token": f"token{len(self.asked)}",
            "expires_in": seconds,
            "expires_on": int(dt.datetime.now(dt.UTC).timestamp()) + seconds,
            "resource": "https://storage.azure.com/",
        }


@contextmanager
def front_door(*, certificate: Path | None = None) -> Iterator[FrontDoor]:
    """Runs it; with the file of a certificate (`new_certificate`) behind TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    door = FrontDoor(f"{scheme}://127.0.0.1:{server.server_port}")
    server.door = door  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def new_certificate(file: Path) -> Path:
    """Writes a key and its own certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def door(self) -> FrontDoor:
        door: FrontDoor = self.server.door  # type: ignore[attr-defined]
        return door

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""

    def do_PUT(self) -> None:
        self.door.asked.append(("session of the instance", {}))
        self._answer("session")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        if "oauth2" in self.path:
            self._answer(self.door.token("token", given))
        elif self.door.refuses:
            self._answer(_denied(), status=403)
        else:
            action = given["Action"]
            self._answer(_sts(action, self.door.handed_out(action, given)))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "list-type" in given or given.get("comp") == "list":
            self.door.signatures.append(self.headers.get("Authorization") or parts.query)
            self._answer(_S3_LISTING if "list-type" in given else _BLOB_LISTING)
        elif parts.path.endswith("/security-credentials/"):
            self._answer("instance-role")
        elif parts.path.endswith("/instance-role"):
            self._answer(self.door.handed_out("instance", {}))
        elif parts.path == "/container":
            authorization = self.headers.get("Authorization", "")
            self._answer(self.door.handed_out("container", {"authorization": authorization}))
        elif parts.path == "/managed":
            self._answer(self.door.token("managed", given))
        elif parts.path.endswith("openid-configuration"):
            self._answer(_openid(self.door.url))
        else:
            self._answer("nothing here", status=404)

    def _answer(self, content: str | dict[str, Any], *, status: int = 200) -> None:
        if isinstance(content, dict):
            kind, body = "application/json", json.dumps(content).encode()
        else:
            kind, body = "application/xml", content.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _sts(action: str, credentials: dict[str, str]) -> str:
    words = {
        "AccessKeyId": credentials["AccessKeyId"],
        "SecretAccessKey": credentials["SecretAccessKey"],
        "SessionToken": credentials["Token"],
        "Expiration": credentials["Expiration"],
    }
    inner = "".join(f"<{word}>{value}</{word}>" for word, value in words.items())
    return (
        f"<{action}Response><{action}Result><Credentials>{inner}</Credentials></{action}Result>"
        f"</{action}Response>"
    )


def _denied() -> str:
    return (
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        "<Message>User: c4n4ry-secret is not authorized</Message></Error></ErrorResponse>"
    )


def _openid(url: str) -> dict[str, Any]:
    return {
        "issuer": f"{url}/tenant/v2.0",
        "token_endpoint": f"{url}/tenant/oauth2/v2.0/token",
        "authorization_endpoint": f"{url}/tenant/oauth2/v2.0/authorize",
    }
