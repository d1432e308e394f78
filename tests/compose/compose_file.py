"""docker-compose.yaml, read as Compose reads it: anchors, merges, `${…}` and `$$`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.compose import dockerfile
from tests.compose.dockerfile import CHECKOUT

COMPOSE_FILE = CHECKOUT / "docker-compose.yaml"

# `$$`, or a variable in the only form that this file may use: required, with what to do.
_REFERENCE = re.compile(r"\$\$|\$\{(?P<name>\w+):\?[^}]+\}|\$(?P<other>.{0,20})", re.DOTALL)


class Unresolved(Exception):
    """A reference that Compose would refuse, or that this file should not use."""


@dataclass(frozen=True)
class Service:
    """One service; `raw` is its mapping with every reference still in it."""

    name: str
    raw: Mapping[str, Any]

    @property
    def waits_for(self) -> Mapping[str, str]:
        """The services it depends on, and the condition that each must reach."""
        return {name: how["condition"] for name, how in self.raw.get("depends_on", {}).items()}

    @property
    def is_airflow(self) -> bool:
        """Whether it runs the project's image of Airflow."""
        build: Mapping[str, Any] = self.raw.get("build", {})
        return build.get("target") == "airflow"

    @property
    def is_kept_up(self) -> bool:
        """Whether it goes on until it is stopped."""
        return self.raw.get("restart") != "no"

    @property
    def environment(self) -> Mapping[str, str]:
        """Its variables, as they are written."""
        return self.raw.get("environment", {})

    @property
    def words(self) -> list[str]:
        """Its program and arguments, the image's entry point included."""
        image = dockerfile.entrypoint("airflow") if self.is_airflow else []
        return [*self.raw.get("entrypoint", image), *self.raw.get("command", ())]

    def mounts(self) -> Iterator[tuple[str, str]]:
        """What it mounts, and where: a path beginning with `.`, or the name of a volume."""
        for volume in self.raw.get("volumes", ()):
            source, target = volume.split(":")[:2]
            yield source, target


def document() -> dict[str, Any]:
    """The whole file, before variables are filled in."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
    return loaded


def services() -> dict[str, Service]:
    """Every service, in the order of the file."""
    return {name: Service(name, raw) for name, raw in document()["services"].items()}


def in_order(unordered: Mapping[str, Service]) -> list[Service]:
    """The services, each after those it depends on."""
    ordered: dict[str, Service] = {}

    def add(service: Service, above: tuple[str, ...]) -> None:
        if service.name in above:
            raise Unresolved(f"{service.name} waits for itself: {' -> '.join(above)}")
        for name in service.waits_for:
            add(unordered[name], (*above, service.name))
        ordered.setdefault(service.name, service)

    for service in unordered.values():
        add(service, ())
    return list(ordered.values())


def references(value: Any) -> set[str]:
    """The variables that a value, however nested, refers to."""
    found: set[str] = set()

    def note(name: str) -> str:
        found.add(name)
        return ""

    filled_in(value, note)
    return found


def filled_in(value: Any, variable: Callable[[str], str]) -> Any:
    """A value, however nested, with each `${NAME:?…}` and `$$` replaced."""
    match value:
        case str():
            return _REFERENCE.sub(lambda found: _replaced(found, variable), value)
        case list():
            return [filled_in(item, variable) for item in value]
        case dict():
            return {key: filled_in(item, variable) for key, item in value.items()}
    return value


def variables(env_file: str) -> dict[str, str]:
    """What an `.env` says."""
    lines = [line for line in env_file.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def _replaced(found: re.Match[str], variable: Callable[[str], str]) -> str:
    if found["other"] is not None:
        raise Unresolved(f"not of the form ${{NAME:?…}}: ${found['other']}")
    return "$" if found["name"] is None else variable(found["name"])
