"""`check` looks at everything a run would need, and hides no problem behind another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.jobs.check import Finding, check
from reconcile.jobs.setting import Setting
from tests.integration.reconciling import (
    DAY,
    GOOD,
    NOW,
    PARTITION,
    Workbench,
    dataset_of,
    workbench,
)


@pytest.fixture
def bench(tmp_path: Path):
    with workbench(tmp_path) as bench:
        yield bench


def checked(bench: Workbench, window: str | None = DAY, **changes: object) -> dict[str, Finding]:
    environ = {
        "RECONCILE_STATE": str(changes.pop("state", bench.state_url)),
        "RECONCILE_ARTIFACTS": str(changes.pop("artifacts", bench.folder / "artifacts")),
    }
    now = changes.pop("now", NOW)
    assert isinstance(now, datetime)
    dataset = dataset_of(bench.folder, **changes)
    findings = check(
        dataset,
        bench.window(window) if window else None,
        environ=environ,
        now=lambda: now,
    )
    return {" ".join(finding.what.split()[:2]): finding for finding in findings}


def test_all_is_well_and_nothing_is_left_behind(bench: Workbench) -> None:
    for side in ("source", "target"):
        bench.write(side, GOOD)
    found = checked(bench)
    assert all(finding.ok and finding.detail for finding in found.values())
    assert found["source partition"].detail.startswith("1 object, 1,")
    assert found["source partition"].what.endswith("/source/day=2013-01-05")
    assert [path for path in (bench.folder / "artifacts").rglob("*") if path.is_file()] == []


def test_the_last_complete_window_is_meant_where_none_is_named(bench: Workbench) -> None:
    for side in ("source", "target"):
        bench.write(side, GOOD, "2013-01-06")
    now = datetime(2013, 1, 7, 12, tzinfo=UTC)
    found = checked(bench, None, now=now)
    assert found["window 2013-01-06"].detail == "the last complete one"
    assert all(finding.ok for finding in found.values())
    too_early = checked(bench, None, now=now - timedelta(days=9))
    assert too_early["window"].problem == "no window of dataset orders has ended yet"
    assert "source partition" not in too_early


def test_every_problem_is_told_at_once(bench: Workbench) -> None:
    bench.location("source").rename(bench.folder / "moved")
    bench.write("target", GOOD, "2013-01-04")
    file = bench.folder / "file"
    file.write_text("not a folder, not a database")
    found = checked(
        bench, "2026-02-28", artifacts=file, state=f"sqlite:///{file}", now=NOW - timedelta(days=2)
    )
    assert not [what for what, finding in found.items() if finding.ok and what != "target location"]
    assert found["window 2026-02-28"].exit_code == 2
    assert "does not exist" in str(found["source location"].problem)
    assert found["source location"].exit_code == 2
    assert "holds no data object; found nothing at all" in str(found["target partition"].problem)
    assert found["target partition"].exit_code == 3
    assert str(file) in str(found["artifacts"].problem)
    assert found["state database"].exit_code == 2
    assert all("\n" not in str(finding.problem) for finding in found.values())


def test_nothing_is_asked_of_clouds_that_cannot_be_signed_in_to(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_OURS", "wasb://login:canary-secret@account")
    side = {"location": "s3://bucket/orders", "connection": "ours", "partition": PARTITION}
    found = checked(bench, source=side)
    assert "connection ours is of another kind" in str(found["source location"].problem)
    assert "canary-secret" not in repr(found)


def test_it_is_what_a_run_would_meet(bench: Workbench) -> None:
    assert isinstance(bench.setting, Setting)
    bench.write("source", GOOD)
    found = checked(bench)
    assert [what for what, finding in found.items() if not finding.ok] == ["target partition"]
    next_step = str(found["target partition"].next_step)
    assert "a run would take this side as empty" in next_step
    bench.run()
    assert len(bench.letters()) == len(GOOD)
