"""A manifest comes back as it was written, or not at all."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import Damaged, Tampered
from reconcile.model.snapshot import Consistency, Manifest
from reconcile.snapshots.document import canonical
from reconcile.snapshots.manifest import digest_of, from_bytes, to_bytes
from tests.unit.snapshot_values import digest, manifest

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
windows = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
seconds = st.integers(-2_208_900_000, 221_000_000_000)  # from 1900 to nearly 9000
instants = st.builds(
    lambda second, micro: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(0, second, micro),
    seconds,
    st.integers(0, 999_999),
)


def read(data: bytes) -> Manifest:
    return from_bytes(data, dataset="flights", id="s1", seal=digest)


def resealed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """What somebody writes who knows the format, and needs no key for the seal."""
    document = json.loads(to_bytes(manifest(), digest))
    del document["seal"]
    change(document)
    return json.dumps({**document, "seal": digest(canonical(document))}).encode()


def test_what_was_written_is_read() -> None:
    assert read(to_bytes(manifest(), digest)) == manifest()
    assert read(resealed(lambda document: None)) == manifest()


@settings(max_examples=50, deadline=None)
@given(
    location=texts,
    repository=texts,
    taken_at=instants,
    span=st.none() | st.tuples(windows, windows),
    consistency=st.sampled_from(Consistency),
    reasons=st.lists(texts).map(tuple),
    tags=st.lists(texts).map(tuple),
    new_bytes=st.integers(0, 2**63 - 1),
)
def test_any_manifest_comes_back_as_it_was(**changed: Any) -> None:
    written = manifest(**changed)
    assert read(to_bytes(written, digest)) == written
    assert digest_of(read(to_bytes(written, digest))) == digest_of(written)


def test_a_snapshot_of_nothing_can_be_told() -> None:
    assert read(to_bytes(manifest(segments=()), digest)).objects == 0


def test_every_figure_is_sealed() -> None:
    """Whoever edits one needs the seal; that of an encrypted repository needs its key."""

    def seal(data: bytes) -> str:
        return hmac.digest(b"the repository's", data, "sha256").hex()

    data = to_bytes(manifest(), seal)
    assert from_bytes(data, dataset="flights", id="s1", seal=seal) == manifest()
    for forged in (
        data.replace(b'"new_bytes":17', b'"new_bytes":18'),
        to_bytes(manifest(), digest),
        to_bytes(manifest(taken_at=datetime(2030, 1, 1, tzinfo=UTC)), digest),
    ):
        with pytest.raises(Tampered, match="another seal"):
            from_bytes(forged, dataset="flights", id="s1", seal=seal)


@pytest.mark.parametrize("changed", [{"id": "s2"}, {"dataset": "weather"}])
def test_a_manifest_laid_at_anothers_place_is_tampered(changed: dict[str, str]) -> None:
    with pytest.raises(Tampered, match="is another snapshot's"):
        read(to_bytes(manifest(**changed), digest))


def put(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: document.update({name: value})


def put_in_segment(place: int, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: document["segments"][1].__setitem__(place, value)


@pytest.mark.parametrize(
    "change",
    [
        put("version", 2),
        put("version", True),
        put("id", "../../s1"),
        put("dataset", 7),
        put("side", "middle"),
        put("side", []),
        put("taken_at", "2013-01-08"),
        put("taken_at", "2013-02-30T00:00:00+00:00"),
        put("taken_at", "2013-01-08T12:00:00+01:00"),
        put("taken_at", "0001-01-01T00:00:00+00:00"),
        put("taken_at", "9999-12-31T23:59:59+00:00"),
        put("taken_at", 1357646400),
        put("new_bytes", -1),
        put("new_bytes", 2**63),
        put("new_bytes", 1.5),
        put("new_bytes", 10**400),
        put("location", "x" * 5000),
        put("span", ["2013-01-01"]),
        put("span", ["2013-01-01", None]),
        put("span", ["2013-01-01", "x" * 41]),
        put("span", ["2013-01-01", "\0"]),
        put("reasons", "one"),
        put("reasons", [["one"]]),
        put("tags", {}),
        put("segments", {}),
        put("segments", [[]]),
        put("more", 1),
        lambda document: document.pop("tags"),
        put_in_segment(0, "../" * 21 + "a"),
        put_in_segment(0, "A" * 64),
        put_in_segment(1, 2**40),
        put_in_segment(1, 0),
        put_in_segment(2, 0),
        put_in_segment(2, True),
        put_in_segment(2, 2),
        put_in_segment(2, 10**6),
        put_in_segment(3, -1),
        put_in_segment(3, 2**63 - 1),
        put_in_segment(4, 2**63),
        put_in_segment(4, None),
        put_in_segment(5, "../c"),
        put_in_segment(5, "a"),
        put_in_segment(6, "/etc/passwd"),
        lambda document: document["segments"].reverse(),
        lambda document: document["segments"].append(document["segments"][0]),
        lambda document: document["segments"][0].append(1),
    ],
)
def test_a_manifest_that_nobody_could_have_written_is_damage(
    change: Callable[[dict[str, Any]], Any],
) -> None:
    with pytest.raises(Damaged, match="the manifest of snapshot s1") as raised:
        read(resealed(change))
    assert len(raised.value.line()) < 600


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"seal": NaN}',
        b'{"seal": "' + b"0" * 64 + b'", "x": 1e999}',
        b'{"seal": "' + b"0" * 64 + b'", "seal": "' + b"0" * 64 + b'"}',
        b'{"seal": "' + b"0" * 64 + b'", "x": "\\ud800"}',
        b'{"seal": "' + b"0" * 64 + b'", "\\ud800": 1}',
        b'{"seal": "' + b"0" * 64 + b'", "x": ' + b"1" * 5000 + b"}",
        b'{"seal": "\\u0660' + b"0" * 63 + b'"}',
        b'{"seal": 7}',
    ],
    ids=range(16),
)
def test_what_is_no_manifest_is_damage(data: bytes) -> None:
    with pytest.raises(Damaged, match="the manifest of snapshot s1"):
        read(data)


def test_a_field_said_twice_is_damage_even_where_the_seal_fits() -> None:
    data = to_bytes(manifest(), digest).replace(b'"new_bytes":', b'"new_bytes":99,"new_bytes":')
    with pytest.raises(Damaged, match="no JSON document"):
        read(data)


def test_every_manifest_has_its_own_digest() -> None:
    found = {
        digest_of(manifest()),
        digest_of(manifest(tags=())),
        digest_of(manifest(taken_at=manifest().taken_at + timedelta(microseconds=1))),
        digest_of(manifest(segments=(replace(manifest().segments[0], rows=1),))),
    }
    assert len(found) == 4
