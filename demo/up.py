"""Airflow over the demonstration's data, to look around in: what `make up` brings about."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from demo.airflow_api import AirflowApi
from demo.airflow_server import AIRFLOW, airflow_recipes
from demo.airflow_settings import ADMIN, VIEWER, server_url, serving_environment, without
from demo.clouds import Clouds, make_places
from demo.commands import finish, start
from demo.days import TwoSides, exact_copy
from demo.flights import flights_of_2013, flights_of_january
from demo.january import january
from demo.load import load
from demo.place import CHECKOUT, Place, take_over
from demo.processes import is_free
from demo.standing_servers import (
    running_servers,
    standing_clouds,
    start_database,
    start_servers,
    start_standing,
    stop_clouds,
    stop_servers,
)
from reconcile.config.datasets import find_dataset, load_datasets
from reconcile.config.pools import named_pools
from reconcile.errors import BadInput

_DATASET = "flights"
_DAG = f"daily_reconciliation__{_DATASET}"
_DATASETS = CHECKOUT / "dags" / "datasets"
_POOL_SLOTS = 4
_DAG_SECONDS = 120


@dataclass(frozen=True)
class Ports:
    """Where the servers listen, on 127.0.0.1; None is any free port."""

    airflow: int = 8080
    s3: int | None = None
    azurite: int | None = None


def bring_up(place: Place, ports: Ports) -> None:
    """Starts what does not run yet: S3 server, Azurite, the flights of 2013 in them, Airflow.

    Raises:
        BadInput: A port is taken.
        StepFailed: Airflow's database could not be made.
        RuntimeError: A server did not start.
    """
    began = time.monotonic()
    with _all_or_nothing(place):
        port, secret = _settings(place, ports)
        place.log("any").parent.mkdir(parents=True, exist_ok=True)
        clouds, fresh = _clouds(place, ports)
        environment = place.environment(clouds, postgres=start_database(place))
        serving = serving_environment(place.airflow, port=port, secret=secret)
        place.write_environment({**environment, **serving})
        # Airflow signs in by the connections in its database, not by variables.
        take_over({**without(environment, "AIRFLOW_CONN_", "AWS_", "AZURE_"), **serving})
        _fill_and_migrate(place, clouds, fresh=fresh)
        url = server_url(port)
        _start_airflow(place, url)
        _prepare(AirflowApi(url, ADMIN.name, ADMIN.password), clouds)
    _farewell(place, url, time.monotonic() - began)


def airflow_is_up(place: Place) -> bool:
    """Whether a process of Airflow that `bring_up` started still runs."""
    return any(name.startswith(AIRFLOW) for name in running_servers(place))


@contextmanager
def _all_or_nothing(place: Place) -> Iterator[None]:
    """Stops what the block started when it raises."""
    before = running_servers(place)
    try:
        yield
    except BaseException:
        for name in stop_servers(place, but=before):
            print(f"Stopped {name}.")
        raise


def _settings(place: Place, ports: Ports) -> tuple[int, str]:
    """Airflow's port and secret: those it runs with, else the port asked for."""
    told = json.loads(place.airflow_server.read_text()) if place.airflow_server.exists() else {}
    if airflow_is_up(place):
        if ports.airflow not in (told["port"], Ports.airflow):
            print(f"Airflow keeps port {told['port']}: `make down` ends it first.")
        return told["port"], told["secret"]
    _refuse_taken("AIRFLOW_PORT", ports.airflow)
    if standing_clouds(place) is None:
        _refuse_taken("S3_PORT", ports.s3)
        _refuse_taken("AZURITE_PORT", ports.azurite)
    told = {"port": ports.airflow, "secret": told.get("secret") or secrets.token_hex(32)}
    place.root.mkdir(exist_ok=True)
    place.airflow_server.touch(mode=0o600)
    place.airflow_server.write_text(json.dumps(told))
    return told["port"], told["secret"]


def _refuse_taken(variable: str, port: int | None) -> None:
    if port is not None and not is_free(port):
        raise BadInput(
            f"port {port} is in use by another program",
            next_step=f"choose another one: make up {variable}={port + 1}",
        )


def _clouds(place: Place, ports: Ports) -> tuple[Clouds, bool]:
    """Both clouds, and whether they are empty."""
    if (standing := standing_clouds(place)) is not None:
        return standing, False
    stop_clouds(place)
    place.year_loaded.unlink(missing_ok=True)
    print("Starting an S3 server and Azurite, which is fetched from npm the first time …")
    return start_servers(place, s3_port=ports.s3, azurite_port=ports.azurite), True


def _fill_and_migrate(place: Place, clouds: Clouds, *, fresh: bool) -> None:
    """Loads the flights while Airflow makes its database, which takes a while, too."""
    if airflow_is_up(place) and place.year_loaded.exists():
        return
    print("Loading the flights of 2013 and making Airflow's database …")
    log = place.log("airflow-db-migrate")
    with log.open("w") as output:
        migration = start(["airflow", "db", "migrate"], output=output)
        try:
            if not place.year_loaded.exists():
                dataset = find_dataset(_DATASET, _DATASETS)
                stores = make_places(dataset, clouds.environment())
                load(_days(with_january=fresh), *stores)
                place.year_loaded.touch()
            finish(migration, log=log)
        finally:
            if migration.poll() is None:
                migration.terminate()
                migration.wait()


def _days(*, with_january: bool) -> Mapping[date, TwoSides]:
    """January with its defects, which `make demo` may have loaded, and exact copies after it."""
    first = january(flights_of_january()) if with_january else {}
    rest = {on: exact_copy(f, on=on) for on, f in flights_of_2013().items() if on.month > 1}
    return {**first, **rest}


def _start_airflow(place: Place, url: str) -> None:
    running = running_servers(place)
    missing = [recipe for recipe in airflow_recipes(url, {}) if recipe.name not in running]
    if missing:
        print("Starting Airflow …", flush=True)
    for recipe in missing:
        start_standing(recipe, place)


def _prepare(api: AirflowApi, clouds: Clouds) -> None:
    """Connections, pools, and the flights' DAG switched on."""
    for name, connection in clouds.connections().items():
        entry = {"connection_id": name, **connection, "extra": json.dumps(connection["extra"])}
        there = api.knows(f"/connections/{name}")
        method, path = ("PATCH", f"/connections/{name}") if there else ("POST", "/connections")
        api.ask(method, path, entry)
    existing = [pool["name"] for pool in api.ask("GET", "/pools")["pools"]]
    for pool in named_pools(load_datasets(_DATASETS)[0], existing=existing):
        api.ask("POST", "/pools", {"name": pool.name, **pool.to_json(slots=_POOL_SLOTS)})
        print(f"Made the pool {pool.name}: {_POOL_SLOTS} tasks at once.")
    _wait(lambda: api.knows(f"/dags/{_DAG}"))
    api.ask("PATCH", f"/dags/{_DAG}", {"is_paused": False})


def _wait(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _DAG_SECONDS
    while not met():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Airflow does not show the DAG {_DAG}; its logs may tell why")
        time.sleep(0.5)


def _farewell(place: Place, url: str, seconds: float) -> None:
    print(
        f"""
Airflow runs ({seconds:.0f} s): {url}
  sign in as {ADMIN.name}, password {ADMIN.password}; or, only to look, as {VIEWER.name}, \
password {VIEWER.password}
  logs are in {place.log("any").parent}

What to do there
  1. Open {_DAG}. Its schedule begins the newest window,
     2013-12-31, whose copies are equal. It is the dataset's last: nothing else runs by itself.
     (The home page counts the last 24 hours only, and that run was due in 2014.)
  2. Press Trigger and name the window 2013-01-05. Its copies differ, so its last task fails
     and its report says in which rows. Any day of 2013 will do; January has the defects.
  3. Open snapshot_backup__{_DATASET}, press Trigger, and read the report of its last task. Then
     restore__{_DATASET}: name a folder; the first run is a rehearsal.
  4. For a month at once:
     source {place.environment_file}
     airflow backfill create --dag-id {_DAG} \\
         --from-date 2013-01-01 --to-date 2013-01-31 --max-active-runs 2

To stop it all and remove what was written: make down"""
    )
