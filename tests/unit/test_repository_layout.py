"""Names in a repository: each is made in one place, and no id leads elsewhere."""

from __future__ import annotations

import pytest

from reconcile.errors import BadInput, Damaged
from reconcile.repository import layout
from reconcile.repository.layout import Kind

ID = "ab" + "0" * 62

HOSTILE = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "a/b",
    "a\\b",
    ".hidden",
    "a\n",
    "a\0",
    "é",
    "a" * 300,
    "/absolute",
    "C:\\windows",
    "a b",
    "%2e%2e",
]


def test_content_lies_under_the_first_two_digits_of_its_id() -> None:
    assert layout.content(Kind.CHUNK, ID) == f"chunks/ab/{ID}"
    assert layout.content(Kind.SEGMENT, ID) == f"segments/ab/{ID}"


@pytest.mark.parametrize("id", [*HOSTILE, ID.upper(), ID[:-1], ID + "0", f"{ID}\n"])
def test_no_id_of_content_leads_elsewhere(id: str) -> None:
    with pytest.raises(Damaged):
        layout.content(Kind.CHUNK, id)


@pytest.mark.parametrize("id", HOSTILE)
def test_no_other_id_leads_elsewhere(id: str) -> None:
    for made in (layout.running, layout.mark, layout.manifests):
        with pytest.raises(Damaged):
            made(id)
    with pytest.raises(Damaged):
        layout.manifest(id, "snapshot")
    with pytest.raises(BadInput):
        layout.manifest("flights", id)


@pytest.mark.parametrize("sequence", [0, -1, 100_000_000, 10**30])
def test_the_ledger_has_eight_digits(sequence: int) -> None:
    with pytest.raises(Damaged):
        layout.line(sequence)


def test_a_name_that_was_made_here_is_known_again() -> None:
    assert layout.content_id(Kind.CHUNK, layout.content(Kind.CHUNK, ID)) == ID
    assert layout.manifest_of(layout.manifest("flights", "a.b-1")) == ("flights", "a.b-1")
    assert layout.sequence_of(layout.line(17)) == 17
    assert layout.running_of(layout.running("w")) == "w"
    assert layout.mark_of(layout.mark("m")) == "m"


@pytest.mark.parametrize(
    "name",
    [
        f"chunks/cd/{ID}",
        f"segments/ab/{ID}",
        f"chunks/ab/{ID}.tmp",
        f"chunks/{ID}",
        f"chunks/ab/{ID.upper()}",
        "chunks/ab/readme",
    ],
)
def test_a_stranger_among_content_is_no_content(name: str) -> None:
    assert layout.content_id(Kind.CHUNK, name) is None


@pytest.mark.parametrize(
    "name",
    [
        "snapshots/flights",
        "snapshots/flights/.json",
        "snapshots/flights/a.txt",
        "snapshots/flights/deeper/a.json",
        "snapshots/../a.json",
        "snapshots//a.json",
        "elsewhere/flights/a.json",
    ],
)
def test_a_stranger_among_manifests_is_no_manifest(name: str) -> None:
    assert layout.manifest_of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "ledger/1.json",
        "ledger/00000000.json",
        "ledger/000000001.json",
        "ledger/0000000a.json",
        "ledger/٠٠٠٠٠٠٠١.json",
        "ledger/00000001",
        "00000001.json",
    ],
)
def test_a_stranger_in_the_ledger_is_no_line(name: str) -> None:
    assert layout.sequence_of(name) is None


def test_shares_and_folders_are_all_content() -> None:
    names = [layout.content(Kind.CHUNK, f"{number:02x}" + "0" * 62) for number in range(256)]
    for prefixes in (layout.content_shares(Kind.CHUNK), layout.content_folders(Kind.CHUNK)):
        found = [name for prefix in prefixes for name in names if name.startswith(prefix)]
        assert found == names
