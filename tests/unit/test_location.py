"""What a location's text may hold."""

import pytest

from reconcile.errors import BadInput
from reconcile.model.location import Location


@pytest.mark.parametrize(
    "text",
    [
        "https://a.blob.core.windows.net/c/flights?sv=2024&sig=s3cret",
        "az://c/flights?sv=2024&sig=s3cret",
        "s3://key:s3cret@bucket/flights",
        "gs://key:s3cret@bucket/flights",
    ],
)
def test_credentials_in_a_location_are_refused_without_showing_them(text: str) -> None:
    with pytest.raises(BadInput, match="holds credentials") as caught:
        Location.parse(text)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/flights/day=0?",
        "az://container/time=12:30@home",
        "abfss://container@account.dfs.core.windows.net/flights",
    ],
)
def test_patterns_colons_and_accounts_are_no_credentials(text: str) -> None:
    assert str(Location.parse(text)) == text
