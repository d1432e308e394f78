"""What figures were measured on, and when."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def circumstances(versions: Mapping[str, str]) -> dict[str, Any]:
    """Now: the time, the machine, how busy others keep it (its load by the minute), versions."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": _processor(),
            "cores": str(os.cpu_count()),
            "memory": f"{memory() / 2**30:.0f} GiB",
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "load": f"{os.getloadavg()[0]:.1f}",
            "python": platform.python_version(),
        },
        "versions": dict(versions),
    }


def told(document: Mapping[str, Any]) -> str:
    """The circumstances in a document, for people."""
    return "\n".join(
        [
            f"Measured {document['measured_at']}.",
            "; ".join(f"{name} {value}" for name, value in document["machine"].items()) + ".",
            "; ".join(f"{name} {value}" for name, value in document["versions"].items()) + ".",
        ]
    )


def _processor() -> str:
    told_by_kernel = Path("/proc/cpuinfo")
    if told_by_kernel.exists():
        for line in told_by_kernel.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
