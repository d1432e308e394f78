"""Whom Airflow's own runs tell of their end, and what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.dags.conftest import CHECKOUT, AirflowHome
from tests.notices import (
    BREACHED,
    CANARY,
    MATCHED,
    SECRET,
    Listening,
    dataset_text,
    listening,
    write_sides,
)

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

NEVER = "2013-01-20"
UNCASTABLE = "compare: {match_key: [id], columns: {rules: {id: {cast: int64}}}}"


@dataclass(frozen=True)
class Came:
    """What came of four runs, and of a rehearsed task: their exit codes, and what was told."""

    codes: list[int]
    output: str
    told: Listening
    folder: str


@pytest.fixture(scope="module")
def came(migrated_home: AirflowHome) -> Iterator[Came]:
    """A breach that is only told, a day that matches, keys that are no numbers, and a sync of a day
    that its origin does not have."""
    folder = migrated_home.folder / "notices"
    write_sides(folder)
    datasets = folder / "datasets"
    datasets.mkdir()
    tolerant = dataset_text("tolerant", folder, "on_breach: warn")
    (datasets / "tolerant.yaml").write_text(tolerant)
    text = dataset_text("uncastable", folder).replace("compare: {match_key: [id]}", UNCASTABLE)
    (datasets / "uncastable.yaml").write_text(text)
    text = dataset_text("copied", folder, "sync: {from: source, to: target}")
    (datasets / "copied.yaml").write_text(text)
    state = migrated_home.state_url("notices")
    runs = (
        ("daily_reconciliation__tolerant", BREACHED),
        ("daily_reconciliation__tolerant", MATCHED),
        ("daily_reconciliation__uncastable", MATCHED),
        ("historical_sync__copied", NEVER),
    )
    commands = [["airflow", state, "dags", "test", dag, day] for dag, day in runs]
    verdict = ("daily_reconciliation__uncastable", "verdict", MATCHED)
    commands.append(["airflow", state, "tasks", "test", *verdict])
    with listening() as told:
        done = migrated_home.run(
            *(sys.executable, "-m", "tests.dags.airflow_commands", json.dumps(commands)),
            add={
                "PYTHONPATH": str(CHECKOUT),
                "RECONCILE_DATASETS": str(datasets),
                **{
                    f"AIRFLOW_CONN_{name.upper()}": json.dumps(fields)
                    for name, fields in told.connections.items()
                },
            },
        )
        assert done.returncode == 0, done.stdout
        codes = json.loads(done.stdout.splitlines()[-1])
        yield Came(codes, done.stdout, told, str(folder))


def test_who_is_told_of_what(came: Came) -> None:
    assert came.codes == [0, 0, 1, 1, 0], came.output
    titles = [
        f"tolerant {BREACHED}: Breached",
        f"uncastable {MATCHED}: No verdict",
        f"copied {NEVER}: Empty",
    ]
    assert [str(mail.message["Subject"]) for mail in came.told.mails] == titles
    for messages in (came.told.slack, came.told.teams):
        assert len(messages) == len(titles)
        assert all(title in text for text, title in zip(messages, titles, strict=True))


def test_a_failure_says_its_step_and_not_the_value_it_met(came: Came) -> None:
    assert f"found '{CANARY}" in came.output  # the task's own log does
    assert (
        f"{MATCHED} stopped at its step compare. The log of the task verdict says why."
        in (came.told.slack[1])
    )
    assert CANARY not in came.told.everything
    assert SECRET not in came.output
