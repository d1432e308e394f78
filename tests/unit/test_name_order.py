"""Listings in name order, by which an interrupted one is gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.storage.blob import BlobProperties

from reconcile.errors import Incomplete
from reconcile.model.objects import ObjectInfo
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.name_order import in_name_order
from reconcile.stores.retrying import Retrying


def infos(*names: str) -> list[ObjectInfo]:
    return [ObjectInfo(name, 1, "tag") for name in names]


def test_what_is_in_order_comes_as_it_is() -> None:
    listed = infos("a", "a", "a-b", "a/b", "é", "\uffff", "\U0001f600")
    assert list(in_name_order(listed, where="here")) == listed


def test_what_would_be_left_out_by_who_goes_on_behind_a_name_is_refused() -> None:
    with pytest.raises(Incomplete, match=r"s3://b.* not listed in name order.*'a-b' after 'a/b'"):
        list(in_name_order(infos("a/b", "a-b"), where="s3://b"))


class Container:
    """Lists some blobs, as an account does that knows folders: all of one, then the next name."""

    container_name, scheme, primary_hostname = "c", "https", "account.blob.core.windows.net"

    def __init__(self, *pages: Sequence[str]) -> None:
        self._pages = pages

    def list_blobs(self, **_asked: Any) -> Any:
        return SimpleNamespace(
            by_page=lambda: iter([map(self._blob, page) for page in self._pages])
        )

    def _blob(self, name: str) -> BlobProperties:
        blob = BlobProperties()
        blob.name, blob.size, blob.etag = name.rstrip("/"), 1, '"tag"'
        blob.last_modified = datetime(2026, 1, 1, tzinfo=UTC)
        blob.metadata = {"hdi_isfolder": "true"} if name.endswith("/") else {}
        return blob


@pytest.mark.parametrize(
    "pages", [[["0", "a/", "a/b", "a-b", "z"]], [["0", "a/"], ["a/b"], ["a-b", "z"]]]
)
def test_an_account_that_knows_folders_is_listed_whole(pages: list[list[str]]) -> None:
    store = Retrying(BlobStore(Container(*pages)))
    assert [info.name for info in store.list()] == ["0", "a-b", "a/", "a/b", "z"]
