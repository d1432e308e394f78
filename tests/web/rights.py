"""Who may see what in the Airflow of these tests."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

FOREIGN_TO = {"stranger": "bookings"}


class RightsPerDag(SimpleAuthManager):
    """Airflow's simple sign-in, and a stranger who may see no DAG of one dataset."""

    def is_authorized_dag(self, *, details: DagDetails | None = None, **asked: Any) -> bool:
        refused = FOREIGN_TO.get(asked["user"].username)
        if refused is not None and str(details and details.id).endswith(f"__{refused}"):
            return False
        return bool(super().is_authorized_dag(details=details, **asked))
