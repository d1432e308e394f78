"""Whatever a file holds: it loads, or it is refused in lines that a person can read."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconcile.config.checked import checked
from reconcile.config.compare_entry import ColumnEntry, ColumnsEntry, CompareEntry, ThresholdEntry
from reconcile.config.dataset_entry import DatasetEntry, SideEntry
from reconcile.config.document import Document, read_document
from reconcile.config.entry import Entry
from reconcile.config.repository_entry import RepositoryEntry
from reconcile.config.snapshot_entry import SnapshotEntry
from reconcile.errors import BadConfiguration

ENTRIES = (
    *(DatasetEntry, CompareEntry, ColumnsEntry, ColumnEntry, ThresholdEntry, SideEntry),
    *(SnapshotEntry, RepositoryEntry),
)
KEYS = st.sampled_from(
    sorted({spec.alias or name for entry in ENTRIES for name, spec in entry.model_fields.items()})
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=True)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["day", "UTC", "0 5 * * *", "1s", "int8", "json", "s3://x/y", "{window}"])
)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=4), max_leaves=20
)


LEAST = {
    "dataset": "x",
    "schedule": "0 5 * * *",
    "timezone": "UTC",
    "grain": "day",
    "start": "2013-01-01",
    "source": {"location": "a"},
    "target": {"location": "b"},
    "compare": {"match_key": ["id"]},
}


def refusal(entry: type[Entry], document: Document) -> tuple[str, ...]:
    """The lines a document is refused with; none when it is accepted."""
    try:
        checked(entry, document)
    except BadConfiguration as error:
        return error.lines()
    return ()


def readable(lines: tuple[str, ...]) -> bool:
    return all("found" in line and "expected" in line and line.isprintable() for line in lines)


@given(text=st.text("ab:-[]{}&*!|>'\"#?%@, \n\t\x00\x85\u2028é1~<") | st.text())
def test_any_text_is_refused_in_readable_lines(text: str) -> None:
    lines = refusal(CompareEntry, read_document(text, file="f"))
    assert lines
    assert readable(lines)


@given(columns=st.dictionaries(KEYS, VALUES, max_size=4), rule=VALUES, key=KEYS)
def test_any_rule_is_accepted_or_refused_in_readable_lines(
    columns: dict[str, Any], rule: Any, key: str
) -> None:
    value = {"match_key": ["k"], "columns": {"rules": {"a": {key: rule}, "b": columns}}}
    assert readable(refusal(CompareEntry, Document("f", value, {})))


@given(changes=st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_any_dataset_is_accepted_or_refused_in_readable_lines(changes: dict[str, Any]) -> None:
    assert readable(refusal(DatasetEntry, Document("f", LEAST | changes, {})))
