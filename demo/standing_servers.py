"""The demonstration's servers: they stay when it ends, until `make down` stops them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from demo.clouds import Clouds
from demo.place import Place
from demo.processes import Detached, Recipe, start_detached
from demo.servers import azurite_recipe, moto_recipe


def start_servers(place: Place) -> Clouds:
    """Starts the S3 server and Azurite, both in memory.

    Raises:
        RuntimeError: One does not start; the message ends with its log.
    """
    s3, s3_endpoint = moto_recipe()
    _start(s3, place, "s3")
    blob, blob_endpoint = azurite_recipe()
    _start(blob, place, "azurite")
    return Clouds(s3_endpoint, blob_endpoint)


def stop_servers(place: Place) -> list[str]:
    """Stops those that still run; returns their names."""
    running = [server for server in _read(place.servers) if server.is_running()]
    for server in running:
        server.stop()
    place.servers.unlink(missing_ok=True)
    return [server.name for server in running]


def _start(recipe: Recipe, place: Place, name: str) -> None:
    server = start_detached(recipe, log=place.log(name))
    known = [*_read(place.servers), server]
    place.servers.write_text(json.dumps([asdict(one) for one in known], indent=2))


def _read(path: Path) -> list[Detached]:
    return [Detached(**entry) for entry in json.loads(path.read_text())] if path.exists() else []
