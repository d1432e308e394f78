"""How Airflow runs from this checkout: one machine, no example DAGs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PARALLELISM = 4


def airflow_environment(
    home: Path, checkout: Path, *, postgres: str | None = None
) -> dict[str, str]:
    """The variables that make `airflow` run this checkout's DAGs and plugin.

    Args:
        home: Airflow's own folder: its logs and passwords. Need not exist.
        checkout: The folder that holds `dags/` and `plugins/`.
        postgres: Airflow's database; SQLite in its folder when none is given, which is enough
            for one process: of several, `backfill create` finds it locked.
    """
    home, checkout = home.absolute(), checkout.absolute()
    # Airflow must be told which driver it has: it would take psycopg 3, which is there for us.
    database = postgres and postgres.replace("postgresql:", "postgresql+psycopg2:", 1)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database or f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(checkout / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(checkout / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
    }


@dataclass(frozen=True)
class AirflowUser:
    """Who may sign in.

    Attributes:
        name: Of the account.
        role: Airflow's name of what it may do: viewer, user, op or admin.
        password: Known to everybody; such a server answers to its own machine only.
    """

    name: str
    role: str
    password: str


ADMIN = AirflowUser("admin", "admin", "admin")
VIEWER = AirflowUser("viewer", "viewer", "viewer")


def serving_environment(home: Path, *, port: int, secret: str) -> dict[str, str]:
    """The further variables that its processes need to serve the UI and to run tasks.

    Args:
        home: Airflow's folder, made here with the file of passwords in it.
        port: Of the UI and the API, on 127.0.0.1.
        secret: What its processes sign their tokens with.
    """
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps({user.name: user.password for user in (ADMIN, VIEWER)}))
    users = ",".join(f"{user.name}:{user.role}" for user in (ADMIN, VIEWER))
    url = server_url(port)
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": secret,
    }


def server_url(port: int) -> str:
    """Where a server on that port of this machine answers."""
    return f"http://127.0.0.1:{port}"


def without(environment: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """An environment less the variables that begin so."""
    return {name: value for name, value in environment.items() if not name.startswith(prefixes)}
