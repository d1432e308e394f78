"""Airflow's REST API, as one of its users."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

_SECONDS = 30.0
_HERE = build_opener(ProxyHandler({}))  # no proxy lies between this machine and itself


class Refused(Exception):
    """Airflow answered with an error.

    Attributes:
        status: Of HTTP, such as 404.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class AirflowApi:
    """Signs in on first use.

    Attributes:
        url: Where the API server answers, such as `http://127.0.0.1:8080`.
        user: Who asks.
        password: Of the user.
    """

    url: str
    user: str
    password: str = field(repr=False)
    _token: str | None = field(default=None, repr=False)

    @property
    def token(self) -> str:
        """What the user shows with each request."""
        if self._token is None:
            signed_in = self._ask(
                "POST", "/auth/token", {"username": self.user, "password": self.password}, {}
            )
            self._token = str(signed_in["access_token"])
        return self._token

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer to a request below `/api/v2`, read as JSON.

        Raises:
            Refused: Its status is not one of success.
            OSError: Nobody answers.
        """
        return self._ask(method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self.token}"})

    def knows(self, path: str) -> bool:
        """Whether there is something at a path below `/api/v2`."""
        try:
            self.ask("GET", path)
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            self.url + quote(path, safe="/?&=%:+"),
            data=data,
            method=method,
            headers={"Content-Type": "application/json", "Accept": "application/json", **headers},
        )
        try:
            with _HERE.open(request, timeout=_SECONDS) as answer:
                text = answer.read()
        except HTTPError as error:
            said = error.read().decode(errors="replace")[:500]
            raise Refused(error.code, f"{method} {path}: {error.code} {said}") from None
        return json.loads(text) if text else None


def health(url: str) -> Mapping[str, str]:
    """How Airflow's parts are by its own account, by name; empty where nobody answers."""
    try:
        with _HERE.open(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            parts = json.loads(answer.read())
    except (URLError, OSError):
        return {}
    return {name: str(part["status"]) for name, part in parts.items() if part is not None}
