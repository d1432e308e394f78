"""Uploads that have begun, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconcile.model.unfinished import Part, Unfinished
from reconcile.state.database import State

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
HERE = "https://s3.eu-west-1.amazonaws.com/ops"
BEGUN = Unfinished(
    address=HERE,
    name="flights/day=1/part.parquet",
    pin="ab" * 32,
    upload="2~id",
    others=("2~other", "2~third"),
    parts={2: Part(2**33, "AAAA"), 1: Part(16 * 1024**2, "BBBB"), 10_000: Part(0, "")},
)


@pytest.mark.parametrize(
    "upload",
    [BEGUN, Unfinished(HERE, "about-to-begin", "pin"), replace(BEGUN, name="nul\0\udce9" * 300)],
    ids=["parts", "bare", "strange-name"],
)
def test_an_upload_is_found_as_it_was_kept(state: State, upload: Unfinished) -> None:
    uploads = state.unfinished_uploads
    assert uploads.find(upload.address, upload.name) is None
    uploads.keep(upload, now=NOW)
    assert uploads.find(upload.address, upload.name) == upload
    assert uploads.find(upload.address, upload.name[:-1]) is None
    assert uploads.find(upload.address + "/", upload.name) is None
    uploads.forget(upload.address, upload.name[:-1])
    uploads.forget(upload.address + "/", upload.name)
    assert uploads.find(upload.address, upload.name) == upload
    for _ in range(2):
        uploads.forget(upload.address, upload.name)
        assert uploads.find(upload.address, upload.name) is None


def test_what_is_kept_takes_the_place_of_what_was_known_of_the_name(state: State) -> None:
    state.unfinished_uploads.keep(BEGUN, now=NOW)
    anew = Unfinished(HERE, BEGUN.name, "cd" * 32)
    state.unfinished_uploads.keep(anew, now=NOW)
    assert state.unfinished_uploads.below(HERE, "") == [anew]


def test_uploads_of_a_store_by_what_their_names_begin_with(state: State) -> None:
    uploads = state.unfinished_uploads
    names = ["flights/b", "flights_/a", "flights/é", "flights/B", "flights/\U0001f600"]
    for name in names:
        uploads.keep(replace(BEGUN, name=name), now=NOW)
    uploads.keep(replace(BEGUN, address="elsewhere"), now=NOW)
    found = [upload.name for upload in uploads.below(HERE, "flights/")]
    assert found == ["flights/B", "flights/b", "flights/é", "flights/\U0001f600"]
    assert len(uploads.below(HERE, "")) == len(names)
    assert uploads.below("nowhere", "") == []


def test_uploads_that_somebody_may_be_at_work_on_can_be_left_out(state: State) -> None:
    uploads = state.unfinished_uploads
    uploads.keep(BEGUN, now=NOW - timedelta(days=2))
    uploads.keep(replace(BEGUN, name="other"), now=NOW - timedelta(days=2))
    uploads.keep(BEGUN, now=NOW)
    found = uploads.below(HERE, "", before=NOW - timedelta(days=1))
    assert [upload.name for upload in found] == ["other"]
    assert uploads.below(HERE, "", before=NOW - timedelta(days=2)) == []
