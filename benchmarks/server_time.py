"""What the emulators cost meanwhile: they share the machine with whoever is measured."""

from __future__ import annotations

import psutil  # type: ignore[import-untyped]

_SERVERS = {"s3": "moto.server", "azure": "azurite"}
"""A word of each one's command line."""


def processor_time() -> dict[str, float]:
    """Seconds of processor time so far, by server, of those that this process has started."""
    found = dict.fromkeys(_SERVERS, 0.0)
    for process in psutil.Process().children(recursive=True):
        try:
            line, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        for name, word in _SERVERS.items():
            if word in line:
                found[name] += times.user + times.system
    return found
