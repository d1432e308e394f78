"""Where the demonstration keeps everything: one folder, `.demo` below the checkout."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.airflow_settings import airflow_environment
from demo.clouds import Clouds

CHECKOUT = Path(__file__).resolve().parent.parent

_HERE = "127.0.0.1,localhost"
_FOREIGN = ("AIRFLOW", "AWS_", "AZURE_", "RECONCILE_")


@dataclass(frozen=True)
class Place:
    """The folder, and what lies where in it."""

    root: Path = CHECKOUT / ".demo"

    @property
    def servers(self) -> Path:
        """The running servers: how to find and how to stop them."""
        return self.root / "servers.json"

    @property
    def clouds(self) -> Path:
        """Where the two clouds answer."""
        return self.root / "clouds.json"

    @property
    def year_loaded(self) -> Path:
        """There once the clouds hold the whole year."""
        return self.root / "year_loaded"

    @property
    def airflow_server(self) -> Path:
        """What `make up` started Airflow with."""
        return self.root / "airflow_server.json"

    @property
    def ground_truth(self) -> Path:
        """What was injected."""
        return self.root / "ground_truth.json"

    @property
    def environment_file(self) -> Path:
        """For `source`, to go on by hand."""
        return self.root / "environment"

    @property
    def airflow(self) -> Path:
        """Airflow's home."""
        return self.root / "airflow"

    @property
    def database(self) -> Path:
        """Where Airflow's PostgreSQL lies, once `make up` has made one."""
        return self.root / "database.json"

    @property
    def artifacts(self) -> Path:
        """What runs leave behind: reports, plans, results."""
        return self.root / "artifacts"

    def log(self, name: str) -> Path:
        """The log of a server or a step."""
        return self.root / "logs" / f"{name}.log"

    def environment(self, clouds: Clouds, *, postgres: str | None = None) -> dict[str, str]:
        """The variables that make the commands work here; `postgres` is Airflow's database."""
        return {
            **clouds.environment(),
            "RECONCILE_DATASETS": str(CHECKOUT / "dags" / "datasets"),
            "RECONCILE_STATE": f"sqlite:///{self.root / 'state.db'}",
            "RECONCILE_ARTIFACTS": str(self.artifacts),
            **airflow_environment(self.airflow, CHECKOUT, postgres=postgres),
            "NO_PROXY": _HERE,
            "no_proxy": _HERE,  # where both are set, this one counts
        }

    def write_environment(self, environment: Mapping[str, str]) -> None:
        """Writes the file to `source`; it unsets nothing and holds throw-away credentials only."""
        self.environment_file.touch(mode=0o600)
        path = f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"'
        lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
        self.environment_file.write_text("\n".join([path, *lines]) + "\n")


def take_over(environment: Mapping[str, str]) -> None:
    """Makes this process and those it starts see these variables, and no other cloud's.

    Somebody's own AWS profile or Airflow settings would otherwise lead the demonstration astray.
    """
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            del os.environ[name]
    os.environ.update(environment)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
