"""`python -m demo` shows the main job on real data; `python -m demo down` clears up after it."""

from __future__ import annotations

import argparse
import sys

from demo.commands import StepFailed
from demo.place import Place
from demo.runner import clear, demonstrate
from reconcile.errors import ReconcileError


def main() -> int:
    """Runs the demonstration, or ends it.

    Returns:
        0 when all went as it must and the findings are the ground truth, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("action", nargs="?", choices=["up", "down"], default="up")
    place = Place()
    if parser.parse_args().action == "down":
        clear(place)
        return 0
    try:
        return 0 if demonstrate(place) else 1
    except KeyboardInterrupt:
        print("\nInterrupted; clearing up.")
        clear(place)
        return 130
    except (StepFailed, ReconcileError, RuntimeError) as error:
        print(f"\nThe demonstration failed: {error}", file=sys.stderr)
        print("The servers still run, to look around; `make down` ends them.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
