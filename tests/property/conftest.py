"""Hypothesis profiles: `HYPOTHESIS_PROFILE=deep` looks at thousands of examples."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_COMMON = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
# The suite says that there is a disagreement; `deep` takes the minutes to make it small.
_NO_SHRINKING = (Phase.explicit, Phase.generate)
settings.register_profile(
    "suite", max_examples=120, derandomize=True, phases=_NO_SHRINKING, **_COMMON
)
settings.register_profile("deep", max_examples=5000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
