"""Where everything lies in a repository. Every name is made here, and every id checked here.

    repository.json                      what the repository is
    chunks/ab/<id>                       content
    segments/ab/<id>                     runs of a snapshot's objects
    snapshots/<dataset>/<snapshot>.json  manifests
    ledger/<sequence>.json               what was done, a line each
    running/<work>.json                  who is at work
    marks/<mark>.json                    what is about to be swept

What has another name is a stranger: it is no business of ours, and nothing is made of it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from reconcile.errors import Damaged
from reconcile.snapshots.names import check_snapshot_id

REPOSITORY = "repository.json"
SNAPSHOTS = "snapshots/"
LEDGER = "ledger/"
RUNNING = "running/"
MARKS = "marks/"
LAST_SEQUENCE = 99_999_999

_CONTENT = re.compile(r"[0-9a-f]{64}")
_DATASET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,159}")
_SNAPSHOT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,159}")
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_SEQUENCE = re.compile(r"[0-9]{8}")
_JSON = ".json"


class Kind(StrEnum):
    """What lies in a repository under the checksum of its content."""

    CHUNK = "chunks"
    SEGMENT = "segments"


def content(kind: Kind, id: str) -> str:
    """The name of a chunk or a segment.

    Raises:
        Damaged: That is no id.
    """
    return f"{kind}/{_checked(_CONTENT, id)[:2]}/{id}"


def content_folders(kind: Kind) -> tuple[str, ...]:
    """The 256 folders of chunks or segments, in order, each with its slash."""
    return tuple(f"{kind}/{number:02x}/" for number in range(256))


def content_shares(kind: Kind) -> tuple[str, ...]:
    """Sixteen prefixes that together are all chunks or segments, in order."""
    return tuple(f"{kind}/{number:x}" for number in range(16))


def content_id(kind: Kind, name: str) -> str | None:
    """The id of what lies under a name; None where no chunk or segment is called so."""
    id = name[-64:]
    if _CONTENT.fullmatch(id) is None or name != f"{kind}/{id[:2]}/{id}":
        return None
    return id


def manifests(dataset: str) -> str:
    """The folder of a dataset's manifests.

    Raises:
        Damaged: That is no name of a dataset.
    """
    return f"{SNAPSHOTS}{_checked(_DATASET, dataset)}/"


def manifest(dataset: str, id: str) -> str:
    """The name of a snapshot's manifest.

    Raises:
        Damaged: That is no name of a dataset.
        BadInput: That is no id of a snapshot.
    """
    return f"{manifests(dataset)}{check_snapshot_id(id)}{_JSON}"


def manifest_of(name: str) -> tuple[str, str] | None:
    """The dataset and the snapshot whose manifest is called so; None where none is."""
    dataset, slash, file = name.removeprefix(SNAPSHOTS).partition("/")
    id = _id(_SNAPSHOT, file)
    if not name.startswith(SNAPSHOTS) or not slash or id is None:
        return None
    return (dataset, id) if _DATASET.fullmatch(dataset) else None


def line(sequence: int) -> str:
    """The name of a line of the ledger.

    Raises:
        Damaged: There is no such line: the ledger has eight digits.
    """
    if not 1 <= sequence <= LAST_SEQUENCE:
        raise Damaged(f"the ledger has no line {sequence}", expected=f"1 to {LAST_SEQUENCE}")
    return f"{LEDGER}{sequence:08}{_JSON}"


def sequence_of(name: str) -> int | None:
    """The number of the line that is called so; None where none is."""
    digits = _id(_SEQUENCE, name.removeprefix(LEDGER)) if name.startswith(LEDGER) else None
    return int(digits) or None if digits else None


def running(work: str) -> str:
    """The name of what says that somebody is at work.

    Raises:
        Damaged: That is no id.
    """
    return f"{RUNNING}{_checked(_PLAIN, work)}{_JSON}"


def running_of(name: str) -> str | None:
    """The id of the work that is called so; None where none is."""
    return _id(_PLAIN, name.removeprefix(RUNNING)) if name.startswith(RUNNING) else None


def mark(id: str) -> str:
    """The name of a mark.

    Raises:
        Damaged: That is no id.
    """
    return f"{MARKS}{_checked(_PLAIN, id)}{_JSON}"


def mark_of(name: str) -> str | None:
    """The id of the mark that is called so; None where none is."""
    return _id(_PLAIN, name.removeprefix(MARKS)) if name.startswith(MARKS) else None


def _checked(pattern: re.Pattern[str], id: str) -> str:
    if pattern.fullmatch(id) is None:
        shown = repr(id if len(id) <= 80 else f"{id[:80]}…")
        raise Damaged(
            f"a repository names something {shown}",
            expected="an id, of which no path can be made that leads elsewhere",
            next_step="find out who wrote it; nothing was opened",
        )
    return id


def _id(pattern: re.Pattern[str], file: str) -> str | None:
    id = file.removesuffix(_JSON)
    return id if id != file and pattern.fullmatch(id) else None
