"""A service of docker-compose.yaml as a process of this machine.

Its command, variables and health check are those of the file; only what a container would bring is
put in its place: the names of hosts are this machine, ports are free ones, folders are temporary,
and programs of other images are those that the tests have.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.azurite_package import azurite_script, node
from demo.processes import free_port
from tests.compose import dockerfile
from tests.compose.compose_file import Service, document, filled_in
from tests.compose.dockerfile import CHECKOUT

PORTS = ("5432", "6379", "9000", "10000", "8080", "8974")
HOSTS = ("postgres", "redis", "s3", "azurite", "api-server")
_HOST = re.compile(rf"\b({'|'.join(HOSTS)})(?=:\d)|0\.0\.0\.0")
_PORT = re.compile(rf"(?<!\d)({'|'.join(PORTS)})(?!\d)")


@dataclass(frozen=True)
class Machine:
    """Where the services run.

    Attributes:
        folder: Of everything they write.
        ports: A free port for each of the file's.
        variables: What `.env` says, with this machine's places.
        programs: Folders of programs, before the system's.
    """

    folder: Path
    ports: Mapping[str, str]
    variables: Mapping[str, str]
    programs: Sequence[Path]

    @classmethod
    def made(
        cls, folder: Path, *, ports: Mapping[str, str], variables: Mapping[str, str], psql: Path
    ) -> Machine:
        """A machine with the programs and folders that the images would have."""
        programs = (folder / "bin", psql, Path(sys.executable).parent)
        machine = cls(folder, ports, variables, programs)
        for name in ("bin", "home", *(f"volumes/{volume}" for volume in document()["volumes"])):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "node").symlink_to(node())
        azurite = folder / "bin" / "azurite-blob"
        azurite.write_text(f'#!/bin/sh\nexec "{node()}" "{azurite_script()}" "$@"\n')
        azurite.chmod(0o755)
        for part in ("plugins", "deploy"):
            (folder / "home" / part).symlink_to(CHECKOUT / part)
        (folder / "home" / "dags").mkdir()
        for path in (CHECKOUT / "dags").glob("*.py"):
            (folder / "home" / "dags" / path.name).symlink_to(path)
        return machine

    @property
    def datasets(self) -> Path:
        """What is mounted in the place of `./dags/datasets`."""
        return self.folder / "home" / "dags" / "datasets"

    def told(self, service: Service, value: Any) -> Any:
        """A value of a service's, whole: places of this machine, then variables."""
        match value:
            case str():
                places = here(value, self.ports)
                for target, path in self._folders(service).items():
                    places = re.sub(rf"(?<![\w/.]){target}\b", str(path), places)
                return filled_in(places, self.variables.__getitem__)
            case list():
                return [self.told(service, item) for item in value]
        return {key: self.told(service, item) for key, item in value.items()}

    def environment(self, service: Service) -> dict[str, str]:
        """All that its process has in its environment."""
        image = dockerfile.environment("airflow") if service.is_airflow else {}
        return {
            "PATH": ":".join([*map(str, self.programs), "/usr/bin", "/bin"]),
            "HOME": str(self.folder),
            "HOSTNAME": socket.gethostname(),
            "PYTHONWARNINGS": "ignore",
            # Each container has these ports for itself.
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            **self.told(service, image),
            **self.told(service, service.environment),
        }

    def command(self, service: Service) -> list[str]:
        """Its program and arguments."""
        words: list[str] = self.told(service, service.words)
        return ["env", f"--chdir={self.folder / 'home'}", *words]

    def run(self, service: Service, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A command to its end, as in the service's container; both outputs as one."""
        return subprocess.run(
            command,
            env=self.environment(service),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=170,
        )

    def is_healthy(self, service: Service) -> bool:
        """What its health check says now."""
        kind, *words = self.told(service, service.raw["healthcheck"]["test"])
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return self.run(service, command).returncode == 0

    def log(self, name: str) -> Path:
        """Where a service prints to."""
        return self.folder / f"{name}.log"

    def _folders(self, service: Service) -> dict[str, Path]:
        named = {target: source for source, target in service.mounts() if source[0] != "."}
        # The logs lie below the home, and are looked for first.
        folders = {target: self.folder / "volumes" / source for target, source in named.items()}
        return folders | {"/opt/airflow": self.folder / "home"}


def free_ports() -> dict[str, str]:
    """A free port for each of the file's."""
    return {port: str(free_port()) for port in PORTS}


def here(text: str, ports: Mapping[str, str]) -> str:
    """A text of the file, secrets not yet filled in, with this machine's hosts and ports."""
    return _PORT.sub(lambda port: ports[port[1]], _HOST.sub("127.0.0.1", text))
