"""The demonstration's servers: they stay when it ends, until `make down` stops them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from demo.clouds import Clouds
from demo.place import Place
from demo.processes import Detached, Recipe, start_detached
from demo.servers import BlobEndpoint, S3Endpoint, azurite_recipe, moto_recipe, postgres_recipe


def start_servers(
    place: Place, *, s3_port: int | None = None, azurite_port: int | None = None
) -> Clouds:
    """Starts the S3 server and Azurite, both in memory, on free ports unless told otherwise.

    Raises:
        RuntimeError: One does not start; the message ends with its log.
    """
    s3, s3_endpoint = moto_recipe(port=s3_port)
    start_standing(s3, place)
    blob, blob_endpoint = azurite_recipe(port=azurite_port)
    start_standing(blob, place)
    clouds = Clouds(s3_endpoint, blob_endpoint)
    place.clouds.write_text(json.dumps({**asdict(clouds), "servers": [s3.name, blob.name]}))
    return clouds


def standing_clouds(place: Place) -> Clouds | None:
    """The two that an earlier call started, while both still run; they hold its data then."""
    if not place.clouds.exists():
        return None
    told = json.loads(place.clouds.read_text())
    if not set(told["servers"]) <= set(running_servers(place)):
        return None
    return Clouds(S3Endpoint(**told["s3"]), BlobEndpoint(**told["blob"]))


def stop_clouds(place: Place) -> None:
    """Stops either of the two: what one of them holds is of no use without the other."""
    theirs = json.loads(place.clouds.read_text())["servers"] if place.clouds.exists() else []
    stop_servers(place, but=[name for name in running_servers(place) if name not in theirs])


def start_database(place: Place) -> str:
    """Airflow's PostgreSQL, started unless it runs: its SQLAlchemy URL.

    Its data lie in a folder below the system's temporary one: see `postgres_recipe`.

    Raises:
        RuntimeError: It does not start; the message ends with its log.
    """
    told = json.loads(place.database.read_text()) if place.database.exists() else {}
    if told.get("server") in running_servers(place):
        return str(told["url"])
    folder = told.get("folder") or tempfile.mkdtemp(prefix="reconcile-airflow-")
    recipe, url = postgres_recipe(Path(folder) / "data")
    place.database.write_text(json.dumps({"folder": folder, "url": url, "server": recipe.name}))
    start_standing(recipe, place)
    return url


def remove_database(place: Place) -> None:
    """Removes what PostgreSQL, which no longer runs, has written."""
    if place.database.exists():
        folder = json.loads(place.database.read_text())["folder"]
        shutil.rmtree(folder, ignore_errors=True)


def start_standing(recipe: Recipe, place: Place) -> None:
    """Starts a server in the place of one of its name, and writes down how to stop it.

    Raises:
        RuntimeError: It does not start; the message ends with its log.
    """
    stop_servers(place, but=[s.name for s in _read(place.servers) if s.name != recipe.name])
    server = start_detached(recipe, log=place.log(recipe.name.lower().replace(" ", "-")))
    _write([*_read(place.servers), server], place.servers)


def running_servers(place: Place) -> list[str]:
    """The names of those that run."""
    return [server.name for server in _read(place.servers) if server.is_running()]


def stop_servers(place: Place, *, but: Sequence[str] = ()) -> list[str]:
    """Stops those that still run, the last one first, except some; returns their names."""
    known = _read(place.servers)
    ended = [server for server in reversed(known) if server.name not in but]
    names = [server.name for server in ended if server.is_running()]
    for server in ended:
        server.stop()  # one that is dead may have left children
    if ended:
        _write([server for server in known if server.name in but], place.servers)
    return names


def _write(servers: Sequence[Detached], path: Path) -> None:
    path.write_text(json.dumps([asdict(server) for server in servers], indent=2))


def _read(path: Path) -> list[Detached]:
    return [Detached(**entry) for entry in json.loads(path.read_text())] if path.exists() else []
