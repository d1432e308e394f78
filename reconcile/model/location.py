"""A location: where one side, the artifacts or a snapshot lies."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from reconcile.errors import BadInput

_GLOB = re.compile(r"[*?\[]")
_CREDENTIALS = re.compile(r"://[^/@\s]*:[^/@\s]*@|[?&;]sig=", re.IGNORECASE)


def holds_credentials(text: str) -> bool:
    """Whether a URL seems to hold a password or a signature."""
    return _CREDENTIALS.search(text) is not None


def is_pattern(path: str) -> bool:
    """Whether a path, or a part of one, is a glob."""
    return _GLOB.search(path) is not None


class Scheme(StrEnum):
    """The stores a location can name."""

    FILE = "file"
    S3 = "s3"
    AZURE = "az"


@dataclass(frozen=True)
class Location:
    """A folder, one file, or a glob in one store.

    Attributes:
        scheme: Which kind of store.
        container: Bucket or container; empty for local paths.
        path: Below the container, `/` between parts, no leading `/`; for local paths the path
            as the system spells it.
        account: Storage account, where the location itself names one (`abfss://`).
        endpoint_host: Host of that account, where the location names one.
    """

    scheme: Scheme
    container: str
    path: str
    account: str | None = None
    endpoint_host: str | None = None

    @classmethod
    def parse(cls, text: str) -> Location:
        """Reads `s3://bucket/prefix`, `az://container/prefix`, `abfss://…`, `file://` or a path.

        Raises:
            BadInput: The scheme is unknown, the bucket or container is missing, or the text holds
                credentials, which then are not in the message.
        """
        if "://" not in text:
            return cls(Scheme.FILE, "", text)
        if holds_credentials(text):
            raise BadInput(
                "a location holds credentials",
                found="a password or a signature",
                expected="a location alone, such as s3://bucket/prefix or az://container/prefix",
                next_step="put them into a connection or the cloud's own variables",
            )
        scheme, _, rest = text.partition("://")
        container, _, path = rest.partition("/")
        match scheme.lower():
            case "file":
                return cls(Scheme.FILE, "", unquote(urlsplit(text).path))
            case "s3" | "s3a":
                kind, account, host = Scheme.S3, None, None
            case "az":
                kind, account, host = Scheme.AZURE, None, None
            case "abfss" | "abfs":
                kind = Scheme.AZURE
                container, _, host = container.partition("@")
                account = host.partition(".")[0]
                if not account:
                    raise BadInput(
                        f"location {text!r} names no storage account",
                        expected="abfss://container@account.dfs.core.windows.net/path",
                    )
            case _:
                raise BadInput(
                    f"location {text!r} has an unknown scheme",
                    found=f"{scheme}://",
                    expected="s3://, az://, abfss:// or a local path",
                )
        if not container:
            raise BadInput(
                f"location {text!r} names no bucket or container",
                expected=f"{scheme}://name/path",
            )
        return cls(kind, container, path.strip("/"), account, host)

    @property
    def is_glob(self) -> bool:
        """Whether the path holds a pattern."""
        return is_pattern(self.path)

    def joined(self, relative: str) -> Location:
        """The location of a path below this one."""
        if not relative:
            return self
        base = self.path if self.path in ("", "/") else self.path.rstrip("/") + "/"
        return replace(self, path=base + relative)

    def __str__(self) -> str:
        if self.scheme is Scheme.FILE:
            return self.path
        if self.endpoint_host:
            return f"abfss://{self.container}@{self.endpoint_host}/{self.path}"
        return f"{self.scheme.value}://{self.container}/{self.path}".rstrip("/")
