"""`python -m demo` shows the main job on real data; `up` runs Airflow over it; `down` ends both."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demo.airflow_api import Refused
from demo.commands import StepFailed
from demo.place import Place
from demo.runner import clear, demonstrate
from demo.up import Ports, airflow_is_up, bring_up
from reconcile.errors import ReconcileError

_FAILURES = (StepFailed, ReconcileError, RuntimeError, Refused)


def main() -> int:
    """Runs the demonstration or Airflow, or ends both.

    Returns:
        0 when all went as it must and the findings are the ground truth, 1 otherwise.
    """
    arguments = _arguments()
    place = Place(arguments.root)
    if arguments.action == "down":
        clear(place)
        return 0
    if arguments.action == "up":
        return _up(place, Ports(arguments.airflow_port, arguments.s3_port, arguments.azurite_port))
    return _demo(place)


def _demo(place: Place) -> int:
    if airflow_is_up(place):
        print("Airflow of `make up` runs here; `make down` ends it first.", file=sys.stderr)
        return 1
    try:
        return 0 if demonstrate(place) else 1
    except KeyboardInterrupt:
        print("\nInterrupted; clearing up.")
        clear(place)
        return 130
    except _FAILURES as error:
        print(f"\nThe demonstration failed: {error}", file=sys.stderr)
        print("The servers still run, to look around; `make down` ends them.", file=sys.stderr)
        return 1


def _up(place: Place, ports: Ports) -> int:
    try:
        bring_up(place, ports)
    except KeyboardInterrupt:
        print("\nInterrupted; what this had started is stopped again.")
        return 130
    except _FAILURES as error:
        print(f"\nAirflow is not up: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("action", nargs="?", choices=["demo", "up", "down"], default="demo")
    parser.add_argument("--root", type=Path, default=Place.root, metavar="FOLDER")
    for server, default in (("airflow", Ports.airflow), ("s3", None), ("azurite", None)):
        parser.add_argument(f"--{server}-port", type=int, default=default, metavar="PORT")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
