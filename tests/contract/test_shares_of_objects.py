"""A share fetches its own objects, and of the others no more than their footers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.comparison.share import Share
from reconcile.errors import Changed, Unreadable
from reconcile.jobs.comparing import Compared, compare_rows
from reconcile.jobs.resources import Resources
from reconcile.model.discrepancy import Side
from reconcile.model.rules import CompareRules
from reconcile.model.strategy import Strategy
from reconcile.stores.listing import Listing
from tests.contract.site import Site

RULES = CompareRules(match_key=("carrier", "id"))


def parquet(rows: int, *, columns: int = 1) -> bytes:
    """More columns make a footer that is longer than what is asked for at first."""
    names = ["id", *(f"column number {i} with a long name" for i in range(columns))]
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: list(range(rows)) for name in names}), buffer)
    return buffer.getvalue()


def share(source: Listing, target: Listing, number: int, folder: Path) -> Compared:
    return compare_rows(
        source,
        target,
        RULES,
        discrepancies=folder / f"{number}.parquet",
        resources=Resources(4 * 2**30, 1, folder),
        share=Share(number, 2),
        strategy=Strategy.JOIN,
    )


@pytest.mark.parametrize("columns", [1, 400], ids=["short footers", "long footers"])
def test_every_object_is_read_whole_by_one_slot(site: Site, tmp_path: Path, columns: int) -> None:
    for side in ("source", "target"):
        site.write(
            f"{side}/carrier=AA/1", f"{side}/carrier=UA/1", data=parquet(50, columns=columns)
        )
    site.write("target/carrier=B6/1", data=parquet(7, columns=columns))
    sides = site.find("source"), site.find("target")
    parts = [share(*sides, number, tmp_path) for number in range(2)]
    for side, listing in zip((Side.SOURCE, Side.TARGET), sides, strict=True):
        assert sum(part.sides[side].objects_read for part in parts) == len(listing.objects)
        assert sum(part.result.bytes_read[side] for part in parts) >= listing.bytes
    assert sum(part.result.counts.matched for part in parts) == 100
    assert sum(part.result.counts.missing_in_source for part in parts) == 7


@pytest.mark.parametrize("changed", [parquet(8), b"no Parquet"], ids=["replaced", "corrupt"])
def test_an_object_of_another_slot_is_pinned_and_looked_at_too(
    site: Site, tmp_path: Path, changed: bytes
) -> None:
    for side in ("source", "target"):
        site.write(f"{side}/carrier=AA/1", data=parquet(50))
        site.write(f"{side}/carrier=UA/1", data=parquet(8, columns=2))
    before = site.find("source"), site.find("target")
    site.write("source/carrier=UA/1", data=changed)
    with pytest.raises(Changed):
        share(*before, 0, tmp_path)
    if changed == b"no Parquet":
        with pytest.raises(Unreadable, match="source/carrier=UA/1"):
            share(site.find("source"), before[1], 0, tmp_path)


def test_of_what_is_no_parquet_no_more_than_a_likely_footer_is_fetched(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be the footer's length is any number in it, and an object may be gigabytes."""
    for side in ("source", "target"):
        site.write(f"{side}/carrier=AA/1", data=parquet(50))
    site.write("source/carrier=UA/1", data=b"\xff" * 1_000_000)
    sides = site.find("source"), site.find("target")
    kind, fetched = type(sides[0].store), []
    get = kind.get

    def counted(store: Any, name: str, **options: Any) -> bytes:
        data: bytes = get(store, name, **options)
        fetched.append(len(data))
        return data

    monkeypatch.setattr(kind, "get", counted)
    with pytest.raises(Unreadable, match="source/carrier=UA/1"):
        share(*sides, 1, tmp_path)
    assert sum(fetched) <= 64 * 1024
