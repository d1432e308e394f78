"""The services of docker-compose.yaml, brought up in the order that Compose would keep."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from demo.processes import Recipe, running
from demo.servers import postgres_recipe
from deploy.compose_env import TEMPLATE, filled
from tests.compose.compose_file import Service, in_order, services, variables
from tests.compose.dockerfile import CHECKOUT
from tests.compose.native import Machine, free_ports, here

_HEALTHY_SECONDS = 150.0
_HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@dataclass
class Deployment:
    """Services, as far as they have come."""

    machine: Machine
    services: Mapping[str, Service]
    seconds: dict[str, float] = field(default_factory=dict)
    """What it took each until it was healthy, or had ended well."""
    _up: list[ExitStack] = field(default_factory=list)

    def log(self, name: str) -> str:
        """What a service printed."""
        return self.machine.log(name).read_text(errors="replace")

    def start(self) -> None:
        """Starts all, each when what it waits for is as far as it must be."""
        began: dict[str, float] = {}
        for service in in_order(self.services):
            for name in service.waits_for:
                self._reach(self.services[name], began[name])
            began[service.name] = time.monotonic()
            if service.is_kept_up:
                self._up.append(ExitStack())
                log = self.machine.log(service.name)
                self._up[-1].enter_context(running(self._recipe(service), log=log))
            if service.name == "postgres":
                self._make_databases(service)
        # The last ones first: the checks of those before cost seconds, so they are best made once.
        for service in reversed(self.services.values()):
            self._reach(service, began[service.name])

    def stop(self) -> None:
        """Stops all that run, at once: some take seconds."""
        with ThreadPoolExecutor(len(self.services)) as pool:
            for stopped in [pool.submit(one.close) for one in self._up]:
                stopped.result()

    def _reach(self, service: Service, began: float) -> None:
        if service.name in self.seconds:
            return
        if service.is_kept_up:
            self._wait_until_healthy(service)
        else:
            self._run_to_its_end(service)
        self.seconds[service.name] = time.monotonic() - began

    def _run_to_its_end(self, service: Service) -> None:
        done = self.machine.run(service, self.machine.command(service))
        self.machine.log(service.name).write_text(done.stdout)
        assert done.returncode == 0, f"{service.name}: {done.stdout[-5000:]}"

    def _wait_until_healthy(self, service: Service) -> None:
        deadline = time.monotonic() + _HEALTHY_SECONDS
        while not self.machine.is_healthy(service):
            told = f"{service.name} is not healthy: {self.log(service.name)[-5000:]}"
            assert time.monotonic() < deadline, told
            time.sleep(0.5)

    def _recipe(self, service: Service) -> Recipe:
        if service.name == "postgres":
            return self._postgres()
        environment = self.machine.environment(service)
        strange = [f"--unset={name}" for name in os.environ if name not in environment]
        env, *words = self.machine.command(service)
        return Recipe(service.name, [env, *strange, *words], lambda: True, environment)

    def _postgres(self) -> Recipe:
        """PostgreSQL as the image runs it: by TCP only with a password."""
        recipe, _ = postgres_recipe(self.machine.folder / "volumes/postgres")
        hba = self.machine.folder / "volumes/postgres" / "hba.conf"
        hba.write_text(_HBA)
        hba.chmod(0o644)
        settings = (f"port={self.machine.ports['5432']}", "listen_addresses=127.0.0.1")
        words = [word for setting in (*settings, f"hba_file={hba}") for word in ("-c", setting)]
        return replace(recipe, command=[*recipe.command, *words])

    def _make_databases(self, service: Service) -> None:
        """What the image does on its first start: runs what is mounted for that."""
        scripts = [source for source, target in service.mounts() if "initdb.d" in target]
        for script in scripts:
            at_the_server = f"PGHOST={self.machine.folder / 'volumes/postgres'}"
            port = f"PGPORT={self.machine.ports['5432']}"
            done = self.machine.run(
                service, ["env", at_the_server, port, "sh", str(CHECKOUT / script)]
            )
            assert done.returncode == 0, done.stdout


@contextmanager
def prepared() -> Iterator[Deployment]:
    """All services, with an `.env` of their own; what was started ends with the block."""
    with tempfile.TemporaryDirectory(prefix="reconcile-", ignore_cleanup_errors=True) as folder:
        ports = free_ports()
        env_file = filled(here(TEMPLATE.read_text(), ports))
        postgres, _ = postgres_recipe(Path(folder) / "volumes/postgres")
        machine = Machine.made(
            Path(folder),
            ports=ports,
            variables=variables(env_file),
            psql=Path(postgres.command[0]).parent,
        )
        deployment = Deployment(machine, services())
        try:
            yield deployment
        finally:
            deployment.stop()
