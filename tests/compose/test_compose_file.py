"""docker-compose.yaml and the Dockerfile hold together: what they name is there, and is pinned."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.compose_env import TEMPLATE, filled
from tests.compose import dockerfile
from tests.compose.compose_file import (
    Service,
    Unresolved,
    document,
    filled_in,
    in_order,
    references,
    services,
    variables,
)
from tests.compose.dockerfile import CHECKOUT

SERVICES = services()
AIRFLOW = [service for service in SERVICES.values() if service.is_airflow]
KEPT_UP = [service for service in SERVICES.values() if service.is_kept_up]
WORKERS = [service for service in AIRFLOW if service.words[1:3] == ["celery", "worker"]]

# Emulators come with their own, so these hold secrets of nobody's; all others must be references.
_SECRET = re.compile(r"PASSWORD|SECRET|KEY|CONN|BROKER|BACKEND|STATE|AUTH|ACCOUNTS")
_NO_SECRET = {"AIRFLOW__CORE__AUTH_MANAGER"}


def by_name(service: Service) -> str:
    return service.name


def test_it_is_a_compose_file() -> None:
    """By the schema of the Compose specification, as the package check-jsonschema carries it."""
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(document(), json.loads(schema.read_text()))


def test_the_schema_would_refuse_a_wrong_key() -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    broken = document()
    broken["services"]["redis"]["comand"] = "redis-server"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(schema.read_text()))


def test_every_anchor_is_used() -> None:
    events = list(yaml.parse((CHECKOUT / "docker-compose.yaml").read_text()))
    used = {event.anchor for event in events if isinstance(event, yaml.AliasEvent)}
    named = {getattr(event, "anchor", None) for event in events} - {None}
    assert named
    assert named == used


def test_every_variable_is_required_and_the_template_has_just_these() -> None:
    assert references(document()) == set(variables(TEMPLATE.read_text()))


@pytest.mark.parametrize("text", ["${NAME}", "${NAME:-default}", "$NAME"])
def test_a_variable_that_could_be_missing_is_refused(text: str) -> None:
    with pytest.raises(Unresolved):
        references({"environment": [text]})


def test_what_is_waited_for_exists_and_can_come_to_be() -> None:
    assert len(in_order(SERVICES)) == len(SERVICES)
    for service in SERVICES.values():
        for name, condition in service.waits_for.items():
            awaited = SERVICES[name]
            if condition == "service_healthy":
                assert "healthcheck" in awaited.raw
            else:
                assert condition == "service_completed_successfully"
                assert not awaited.is_kept_up


def test_every_volume_is_declared_or_a_path_of_the_checkout_that_nobody_writes_to() -> None:
    mounted = set()
    for service in SERVICES.values():
        for source, target in service.mounts():
            assert target.startswith("/")
            if source.startswith("."):
                assert (CHECKOUT / source).exists()
                assert f"{source}:{target}:ro" in service.raw["volumes"]
            else:
                mounted.add(source)
    assert mounted == set(document()["volumes"])


@pytest.mark.parametrize("service", KEPT_UP, ids=by_name)
def test_whoever_is_kept_up_says_whether_it_is_well(service: Service) -> None:
    check = service.raw["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= set(check)
    assert service.raw["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", AIRFLOW, ids=by_name)
def test_airflow_understands_the_command(
    service: Service, airflow_parser: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [service.words]
    if (check := service.raw.get("healthcheck")) is not None:
        commands.append(check["test"][1:])
    for program, *words in commands:
        if program == "airflow":
            assert callable(airflow_parser.parse_args(words).func)
    if service.words[0] != "airflow":
        script = CHECKOUT / service.words[1].removeprefix("/opt/airflow/")
        for line in script.read_text().replace("\\\n", " ").splitlines():
            if line.startswith("airflow "):
                words = re.findall(r'"[^"]*"|\S+', line)[1:]
                assert callable(airflow_parser.parse_args(words).func)


@pytest.fixture(scope="module")
def airflow_parser(airflow_module: Callable[[str], ModuleType]) -> Any:
    """Airflow's, with the commands of Celery and FAB."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EXECUTOR", "AUTH_MANAGER"):
            variable = f"AIRFLOW__CORE__{name}"
            patch.setenv(variable, AIRFLOW[0].environment[variable])
        return airflow_module("airflow.cli.cli_parser").get_parser()


def test_the_processes_of_airflow_have_the_same_environment() -> None:
    """So they agree on secrets and databases; `init` knows more."""
    shared = SERVICES["scheduler"].environment
    for service in AIRFLOW:
        assert shared.items() <= service.environment.items()
        assert service.name == "init" or shared == service.environment
    needed = {
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
    }
    assert needed <= set(shared)
    for name in needed:
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", shared[name])


def test_no_secret_is_written_down() -> None:
    """Another `.env` makes another value of each variable that holds one."""
    one, other = (variables(filled(TEMPLATE.read_text())) for _ in range(2))
    for service in SERVICES.values():
        for name, value in service.environment.items():
            if _SECRET.search(name) and name not in _NO_SECRET | {"AWS_ACCESS_KEY_ID"}:
                assert filled_in(value, one.__getitem__) != filled_in(value, other.__getitem__)


def test_a_worker_sits_beside_each_cloud_and_each_takes_what_names_no_queue() -> None:
    queues = [service.words[service.words.index("--queues") + 1].split(",") for service in WORKERS]
    assert queues == [["aws", "default"], ["azure", "default"]]
    for service in WORKERS:
        environment = service.environment
        share = environment["RECONCILE_TASKS_PER_HOST"]
        assert share == environment["AIRFLOW__CELERY__WORKER_CONCURRENCY"]
        assert "mem_limit" in service.raw


def test_only_the_ui_is_published_and_on_this_machine_only() -> None:
    published = {name: s.raw["ports"] for name, s in SERVICES.items() if "ports" in s.raw}
    assert set(published) == {"api-server"}
    assert [port.split(":")[0] for port in published["api-server"]] == ["127.0.0.1"]


def test_every_address_without_tls_is_one_that_may_have_none() -> None:
    environment = SERVICES["init"].environment
    hosts = set(re.findall(r"http://([\w-]+):9000|http://([\w-]+):10000", str(environment)))
    allowed = environment["RECONCILE_PLAIN_HTTP_HOSTS"].split()
    assert {host for pair in hosts for host in pair if host} == set(allowed)


def test_every_image_is_pinned() -> None:
    version = re.search(r'^version = "(.+)"', (CHECKOUT / "pyproject.toml").read_text(), re.M)
    azurite = json.loads((CHECKOUT / "demo/azurite/package.json").read_text())["dependencies"]
    assert version is not None
    for service in SERVICES.values():
        name, _, tag = service.raw["image"].rpartition(":")
        assert re.match(r"\d+\.\d+", tag), service.raw["image"]
        if "build" in service.raw:
            assert tag == version[1]
        if name.endswith("/azurite"):
            assert tag == azurite["azurite"]


def test_the_image_is_built_of_pinned_parts_that_are_there() -> None:
    known = {"python", "wheel"}
    for stage, instructions in dockerfile.stages().items():
        for word, rest in instructions:
            if word == "FROM":
                base = rest.split(" AS ")[0]
                assert base in known or re.match(r"python:3\.\d+\.\d+-", base)
            if word == "COPY" and not rest.startswith("--from"):
                assert all((CHECKOUT / part).exists() for part in rest.split()[:-1]), stage
        assert stage in known or ("USER", stage) in instructions  # not root
    uv = re.search(r"^UV_VERSION := (.+)$", (CHECKOUT / "Makefile").read_text(), re.M)
    assert uv is not None
    assert f"pip install uv=={uv[1]}" in dockerfile.TEXT


def test_the_build_is_shown_what_it_copies_and_no_secret() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    shown = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        part
        for instructions in dockerfile.stages().values()
        for word, rest in instructions
        if word == "COPY" and not rest.startswith("--from")
        for part in rest.split()[:-1]
    }
    assert lines[1] == "*"
    assert shown == copied


def test_every_process_of_airflow_has_the_package() -> None:
    assert {service.raw["image"] for service in AIRFLOW} == {AIRFLOW[0].raw["image"]}
    steps = dockerfile.stages()["airflow"]
    assert ("COPY", "--from=wheel /wheel /wheel") in steps
    assert any("pip install" in rest and "/wheel/*.whl" in rest for _, rest in steps)
    assert not any("PYTHONPATH" in rest for _, rest in steps)


def test_the_file_has_no_key_twice() -> None:
    """YAML's loader would take the last one silently."""
    text = (CHECKOUT / "docker-compose.yaml").read_text()
    for node in _mappings(yaml.compose(text)):
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys))


def _mappings(node: Any) -> list[yaml.MappingNode]:
    found = [node] if isinstance(node, yaml.MappingNode) else []
    children = [part for pair in node.value for part in pair] if found else node.value
    if isinstance(children, list):
        found += [mapping for child in children for mapping in _mappings(child)]
    return found
