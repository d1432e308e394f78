"""How long Airflow's processes parse many dataset files: `python -m benchmarks.dag_parsing`.

Each DAG file is run by a process of its own over the same dataset files, as the DAG processor and
a task do, and timed once `airflow.sdk` and what Airflow itself brings are imported. Exits 1 where
one takes longer than the five seconds it may.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from demo.airflow_settings import airflow_environment

_ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 5.0
_CONTEXT = "_AIRFLOW_PARSING_CONTEXT_"
_ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe")
_GRAINS = (
    ("hour", "{minute} * * * *", "hour={window:%Y-%m-%dT%H}"),
    ("day", "{minute} {hour} * * *", "day={window:%Y-%m-%d}"),
    ("day", "{minute} {hour} * * 1-5", "{window:%Y/%m/%d}"),
    ("month", "{minute} {hour} 2 * *", "month={window:%Y-%m}"),
)
_DATASET = """\
# Number {number} of {name}: what a person would write, with a comment here and there.
dataset: {name}
description: The rows of {name}, one for each thing that happened
owner: team_{team}
schedule: "{schedule}"
timezone: {zone}                  # of the windows and of the schedule
grain: {grain}
start: 2013-01-01
end: 2027-01-01
ready: {{marker: _SUCCESS, timeout: {timeout}h}}
source: {{location: "s3://ops-{team}/{name}", partition: "{partition}", connection: aws_{team}}}
target: {{location: "az://lake/{name}", partition: "{partition}", connection: wasb_default}}
compare:
  match_key: [id_{number}, line]
  columns:
    exclude: [loaded_at, batch_{number}]
    rename: {{customer: cust_{number}}}
    rules:
      amount: {{absolute: "0.0{cents}", relative: "1e-9"}}
      updated_at: {{within: {cents}s}}
      name: {{normalize: [trim, casefold, nfc]}}
      tags: {{unordered: true}}
      payload: {{as: json}}
      origin: {{map: {{"NEW YORK": NYC, "LOS ANGELES": LAX}}}}
  assume_timezone: UTC
  schema: {{missing_in_target: fail, type_changed: note}}
  thresholds:
    value_mismatch: {{rows: {number}, share: 0.0001}}
expectations:
  result:
    - expect_column_values_to_be_between: {{column: matched_share, min_value: 0.99{cents}}}
      severity: critical
  source:
    - expect_column_values_to_not_be_null: {{column: id_{number}}}
    - expect_column_values_to_be_between: {{column: amount, min_value: 0, max_value: {number}}}
      severity: warning
    - expect_column_values_to_be_in_set: {{column: status, value_set: [open, closed, void]}}
      severity: info
  target:
    - expect_column_values_to_not_be_null: {{column: id_{number}}}
on_breach: {on_breach}
pool: pool_{team}
dead_letters: {{max_rows: 1{number}}}
"""
_TIMED = """\
import json, runpy, sys, time
import airflow.sdk, airflow.plugins_manager, airflow.timetables.base
wall, cpu = time.perf_counter(), time.process_time()
made = runpy.run_path(sys.argv[1])
dags = sum(isinstance(value, airflow.sdk.DAG) for key, value in made.items() if "__" in key)
print(json.dumps([dags, time.perf_counter() - wall, time.process_time() - cpu]))
"""


def dataset_file(number: int) -> tuple[str, str]:
    """A dataset's name and file; files differ in whatever a parser could remember."""
    name = f"dataset_{number:04}"
    grain, cron, partition = _GRAINS[number % len(_GRAINS)]
    text = _DATASET.format(
        number=number,
        name=name,
        team=number % 12,
        schedule=cron.format(minute=number % 60, hour=number // 60 % 24),
        zone=_ZONES[number % len(_ZONES)],
        grain=grain,
        partition=partition,
        timeout=1 + number % 9,
        cents=1 + number % 9,
        on_breach="warn" if number % 10 == 0 else "fail",
    )
    return name, text


def _parsed(dag_file: Path, folder: Path, *, of: str | None = None) -> tuple[int, float, float]:
    """How many DAGs a DAG file makes, and its wall and processor seconds."""
    environment = airflow_environment(folder, _ROOT) | {"RECONCILE_DATASETS": str(folder)}
    if of is not None:
        environment |= {_CONTEXT + "DAG_ID": of, _CONTEXT + "TASK_ID": "plan"}
    done = subprocess.run(
        [sys.executable, "-c", _TIMED, str(dag_file)],
        env=dict(os.environ) | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    dags, wall, cpu = json.loads(done.stdout.splitlines()[-1])
    return dags, wall, cpu


def main() -> int:
    """Writes the dataset files and prints what each process took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dag_parsing", description=__doc__)
    parser.add_argument("--datasets", type=int, default=500)
    count = parser.parse_args().datasets
    longest = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, text in map(dataset_file, range(count)):
            (folder / f"{name}.yaml").write_text(text)
        for dag_file in sorted((_ROOT / "dags").glob("*.py")):
            dags, wall, cpu = _parsed(dag_file, folder)
            longest = max(longest, wall)
            print(f"{dag_file.name:30} {dags:4} DAGs {wall:6.2f} s, {cpu:6.2f} s of processor")
        own = f"daily_reconciliation__{dataset_file(count - 1)[0]}"
        dags, wall, cpu = _parsed(_ROOT / "dags" / "daily_reconciliation.py", folder, of=own)
        print(f"{'the same in a task':30} {dags:4} DAGs {wall:6.2f} s, {cpu:6.2f} s of processor")
    return int(longest > _LONGEST)


if __name__ == "__main__":
    sys.exit(main())
