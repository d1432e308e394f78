"""A connection as Airflow writes it in `AIRFLOW_CONN_<ID>`, read without Airflow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reconcile.errors import BadInput

AWS_KINDS = ("aws", "s3")
AZURE_KINDS = ("wasb", "azure", "azure_blob", "adls")


@dataclass(frozen=True)
class Connection:
    """How a store is signed in; what may be secret never shows in its `repr`.

    Attributes:
        id: The name datasets use.
        kind: Airflow's connection type: `aws`, `wasb` …; empty where not said.
    """

    id: str
    kind: str = ""
    host: str | None = None
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, id: str, environ: Mapping[str, str]) -> Connection | None:
        """The connection of that name, or None where its variable is not set.

        Raises:
            BadInput: The variable is set to something that is no connection.
        """
        variable = variable_of(id)
        text = environ.get(variable)
        if text is None:
            return None
        text = text.strip()
        try:
            return cls._from_json(id, text) if text.startswith("{") else cls._from_uri(id, text)
        except (ValueError, TypeError, AttributeError):
            # The text may hold a password, and so may the parser's message and its cause.
            raise BadInput(
                f"{variable} holds no connection",
                expected="a URI like aws://login:password@/?region_name=eu-west-1, or JSON",
                next_step="percent-encode each part of the URI, or use the JSON form",
            ) from None

    @classmethod
    def _from_json(cls, id: str, text: str) -> Connection:
        document = json.loads(text)
        return cls(
            id,
            _kind(document.get("conn_type") or ""),
            document.get("host"),
            document.get("login"),
            document.get("password"),
            _extra(document.get("extra")),
        )

    @classmethod
    def _from_uri(cls, id: str, text: str) -> Connection:
        scheme, separator, rest = text.partition("://")
        if not separator or not scheme or rest.count("://") > 1:
            raise ValueError
        # The host may have a protocol of its own: wasb://https://login:password@host
        protocol, nested, after = rest.partition("://")
        if nested and not any(mark in protocol for mark in "@:/?"):
            parts = urlsplit(f"//{after}")
        else:
            protocol, parts = "", urlsplit(f"//{rest}")
        host = unquote(parts.hostname or "")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return cls(
            id,
            _kind(urlsplit(text).scheme),
            f"{protocol}://{host}" if host and protocol else host,
            unquote(parts.username) if parts.username else parts.username,
            unquote(parts.password) if parts.password else parts.password,
            _extra(query["__extra__"]) if "__extra__" in query else _flat_extra(query),
        )


def variable_of(connection: str) -> str:
    """The environment variable that holds a connection."""
    return f"AIRFLOW_CONN_{connection.upper()}"


def fallback(connection: str) -> str:
    """What happens, in words, where a connection that was named is not to be found."""
    return f"no connection {connection} here: the clouds' own variables are used"


def check_usable(connection: Connection, *, kinds: tuple[str, ...]) -> None:
    """Refuses a connection of another kind than the location needs, or one without verified TLS.

    Raises:
        BadInput: It is one of those.
    """
    if connection.kind not in ("", *kinds):
        raise BadInput(
            f"connection {connection.id} is of another kind than the location needs",
            found=connection.kind,
            expected=kinds[0],
        )
    refuse_unverified(connection.id, connection.extra)


def refuse_unverified(connection: str, extra: Mapping[str, Any]) -> None:
    """Refuses a connection that would have TLS certificates accepted unseen.

    Raises:
        BadInput: `verify` (AWS) or `connection_verify` (Azure) is off, anywhere in its extra.
    """
    for name, value in _verifications(extra, ""):
        if value is False or str(value).strip().lower() in ("false", "0", "no", "off"):
            raise BadInput(
                f"connection {connection} turns the verification of TLS certificates off",
                found=f"{name}: {value}",
                next_step=f"remove {name}, or give the path of the authority's certificate",
            )


def _verifications(extra: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    """Every word on certificates: of stores, of STS, of identity providers."""
    for name, value in extra.items():
        if str(name).removeprefix("extra__wasb__") in ("verify", "connection_verify"):
            yield f"{above}{name}", value
        elif isinstance(value, Mapping):
            yield from _verifications(value, f"{above}{name}.")


def _kind(text: str) -> str:
    return text.replace("-", "_")


def _extra(value: Any) -> Mapping[str, Any]:
    if value in (None, ""):
        return {}
    document = json.loads(value) if isinstance(value, str) else value
    if not isinstance(document, dict):
        raise ValueError
    return document


def _flat_extra(query: Mapping[str, str]) -> Mapping[str, Any]:
    """Query parameters as Airflow reads them: JSON where they are JSON, else text."""
    return {name: _json_or_text(value) for name, value in query.items()}


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value) if value else value
    except ValueError:
        return value
