"""The Assets of datasets: one for each side, one for the verdict.

      s3://globalair-ops/flights ──┐
                                   ├── daily_reconciliation__flights ── reconcile://flights/verdict
    ┌── az://analytics/flights ────┘
    └── historical_sync__flights

An event says its window in its extra: `{"window": "2013-01-05"}`. Two datasets over one location
share its Asset.
"""

from __future__ import annotations

from dataclasses import replace

import attrs
from airflow.sdk import Asset, AssetAlias

from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location, Scheme, is_pattern
from reconcile.model.result import Verdict
from reconcile.model.sync import SyncRules

SCHEME = "reconcile"


@attrs.define(init=False, eq=False)
class PlainAsset(Asset):
    """An Asset whose URI is as it should be already.

    Airflow normalises every other one by the providers' handlers, and so imports boto3 for whoever
    parses the file.
    """

    uri: str = attrs.field(kw_only=True)


def side_asset(side: DatasetSide) -> Asset:
    """The Asset of a side, without its partition: as `Asset("s3://bucket/prefix")` makes it.

    It is named like its location, unless the side names it. Of a pattern it is the folder that
    the pattern looks into.
    """
    location = _folder(Location.parse(side.location))
    name = str(location)
    if location.scheme is not Scheme.FILE:
        name = name.partition("#")[0]
    name = name.rstrip("/") or "/"
    # Airflow ends the URI of a whole bucket with a slash, but not its name.
    uri = name if location.path else f"{name}/"
    return PlainAsset(name=side.asset or name, uri=uri)


def _folder(location: Location) -> Location:
    if not location.is_glob:
        return location
    parts = location.path.split("/")
    first = next(place for place, part in enumerate(parts) if is_pattern(part))
    above = "/".join(parts[:first])
    if location.scheme is Scheme.FILE and not above:
        above = "/" if first else "."
    return replace(location, path=above)


def verdict_asset(dataset: Dataset) -> Asset:
    """The Asset of a dataset's verdicts."""
    uri = f"{SCHEME}://{dataset.name}/verdict"
    return PlainAsset(name=uri, uri=uri)


def verdict_alias(dataset: Dataset) -> AssetAlias:
    """Under which one task may tell several verdicts: an Asset has one event a task."""
    return AssetAlias(f"{SCHEME}://{dataset.name}/verdicts")


def synced_alias(dataset: Dataset) -> AssetAlias:
    """Under which a sync tells what has come to its destination, where something has.

    An Asset that a task simply has as its outlet has an event whenever the task succeeds.
    """
    return AssetAlias(f"{SCHEME}://{dataset.name}/synced")


def destination_asset(dataset: Dataset, rules: SyncRules) -> Asset:
    """The Asset of the side that a dataset's sync makes complete."""
    to_source = rules.destination is Side.SOURCE
    return side_asset(dataset.source if to_source else dataset.target)


def synced_extra(window: str, run_id: str) -> dict[str, str]:
    """What the event of a window says that a sync has made complete."""
    return {"window": window, "run_id": run_id}


def verdict_extra(window: str, verdict: Verdict, run_id: str) -> dict[str, str]:
    """What the event of a verdict says; never anything of a row."""
    return {"window": window, "verdict": verdict.value, "run_id": run_id}
